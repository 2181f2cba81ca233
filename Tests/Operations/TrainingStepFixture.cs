using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>A step that an accelerator has recorded does what its phases do one by one, an epoch's smaller last batch
/// included.</summary>
[TestFixtureSource(typeof(TestEngine), nameof(TestEngine.AsUsed))]
public class TrainingStepFixture(TestEngine on)
{
    private const int Samples = 23, Batch = 5, Epochs = 3;

    private static readonly Recipe _recipe = Recipes.Find("dense28-lstm28") with
    {
        PreLinear = 5, Hidden = 6, Layers = 2, Batch = Batch, Epochs = Epochs, LearningRate = 0.01f, ClipNorm = 1,
    };

    [Test]
    public void Replayed_steps_leave_the_bits_of_single_phases()
    {
        Dataset data = DatasetLoader.Load(new DataOptions { Spec = "strokes", StrokesTrain = Samples, StrokesTest = 5 },
            new RecordingProgress(), CancellationToken.None);
        using TrainingStep whole = new(on.Open(), _recipe, data.Train, data.Classes.Count, seed: 1);
        using TrainingStep phases = new(on.Open(), _recipe, data.Train, data.Classes.Count, seed: 1);
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            whole.BeginEpoch(epoch + 1, 0);
            phases.BeginEpoch(epoch + 1, 0);
            for (int start = 0; start < Samples; start += Batch)
            {
                int batch = Math.Min(Batch, Samples - start);
                whole.Run(batch);
                phases.Gather(batch);
                phases.Forward(batch);
                phases.Loss(batch);
                phases.Backward(batch);
                phases.Update(batch);
                Assert.That(on.Open().Read(whole.Result), Is.EqualTo(on.Open().Read(phases.Result)),
                    $"epoch {epoch}, sample {start}");
            }
        }
        Assert.That(on.Open().Read(whole.Parameters.Values), Is.EqualTo(on.Open().Read(phases.Parameters.Values)));
        Assert.That(on.Open().Read(whole.Optimizer.State), Is.EqualTo(on.Open().Read(phases.Optimizer.State)));
        Assert.That(on.Open().Read(whole.Optimizer.State)[StepState.Applied], Is.EqualTo(Epochs * whole.PerEpoch));
    }
}
