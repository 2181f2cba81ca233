using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>Whole training steps of networks that answer numbers, or a class at every step, beside PyTorch's.</summary>
[TestFixtureSource(typeof(TestEngine), nameof(TestEngine.AsUsed))]
public class HeadFixture(TestEngine on)
{
    [TestCaseSource(typeof(TorchHead), nameof(TorchHead.All))]
    public void Gradients_ten_losses_and_parameters_are_PyTorchs(TorchHead expected)
    {
        Engine engine = on.Open();
        using TrainingStep step = New(engine, expected);
        for (int done = 0; done < expected.Losses.Length; done++)
        {
            if (done % step.Pieces == 0)
                step.BeginEpoch(1 + done / step.Pieces, 0);
            step.Run(expected.B);
            if (done == 0)
                Check(step.Parameters.ToTensors(step.Parameters.Gradients), expected.Gradients, 2e-6, "gradient of ");
        }
        step.Optimizer.BeginReading(0, expected.Losses.Length);
        float[] rows = step.Optimizer.EndReading(out SkippedSteps skipped).ToArray();
        Assert.That(skipped.Count, Is.Zero);
        for (int i = 0; i < expected.Losses.Length; i++)
            Assert.That(rows[Optimizer.Columns * i], Is.EqualTo(expected.Losses[i]).Within(2e-5),
                $"loss of step {i + 1}");
        Check(step.Parameters.ToTensors(step.Parameters.Values), expected.After, 2e-4, "");
    }

    private static TrainingStep New(Engine engine, TorchHead expected)
    {
        var step = new TrainingStep(
            engine, expected.Recipe, expected.Samples, expected.Outputs, seed: 1, scale: expected.Scale);
        step.Parameters.FromTensors([.. step.Parameters.ToTensors(step.Parameters.Values).Select(tensor =>
            new Tensor(tensor.Name, tensor.Shape, Compare.Narrow(expected.Before[tensor.Name])))],
                step.Parameters.Values);
        return step;
    }

    private static void Check(
        IReadOnlyList<Tensor> actual, Dictionary<string, double[]> expected, double tolerance, string what)
    {
        foreach (Tensor tensor in actual)
            Compare.Close(tensor.Values, expected[tensor.Name], tolerance, tolerance, what + tensor.Name);
    }
}
