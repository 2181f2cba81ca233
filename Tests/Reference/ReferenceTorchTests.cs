namespace GpuLstm.Tests.Reference;

/// <summary>The references against what PyTorch computed, both in float64.</summary>
public class ReferenceTorchTests
{
    private const double Absolute = 1e-12, Relative = 1e-10;

    private static IReadOnlyList<TorchCase> Networks => TorchVectors.Of("network");

    private static IEnumerable<TorchCase> Stacks => TorchVectors.Of("lstm");

    [TestCaseSource(nameof(Networks))]
    public void A_networks_pass_is_PyTorchs(TorchCase expected)
    {
        ReferenceNetwork network = new(expected.Shape, expected.CopyParameters());
        ReferencePass pass = network.Run(expected.Batch, expected.LabelSmoothing);
        Close(pass.Hidden, expected.Outputs["y"], "y");
        Close(pass.Logits, expected.Outputs["logits"], "logits");
        Close([pass.Loss.Loss], expected.Outputs["loss"], "loss");
        Close(pass.Gradients, expected.Gradients, "gradient of ");
        if (expected.Clip > 0)
            Close([ReferenceClip.Norm(pass.Gradients.Values)], expected.Outputs["norm"], "norm");
    }

    [TestCaseSource(nameof(Networks))]
    public void Ten_steps_are_PyTorchs(TorchCase expected)
    {
        ReferenceNetwork network = new(expected.Shape, expected.CopyParameters());
        double[] losses = new double[10];
        for (int step = 0; step < losses.Length; step++)
            losses[step] = network.Step(expected.Batch, expected.Adam, expected.LabelSmoothing, expected.Clip);
        // Adam divides by the root of a small second moment: rounding differences grow a little from step to step.
        Compare.Close(losses, expected.Losses, 1e-10, 1e-9, "losses");
        foreach ((string name, double[] values) in expected.After!)
            Compare.Close(network.Parameters[name], values, 1e-9, 1e-8, name);
    }

    [TestCaseSource(nameof(Stacks))]
    public void Stacks_directions_and_lengths_are_PyTorchs(TorchCase expected)
    {
        ReferenceLstmLayers stack = new(expected.Stack, expected.Parameters);
        LstmOutput output = stack.Forward(expected.Input);
        Close(output.Y, expected.Outputs["y"], "y");
        Close(output.HLast, expected.Outputs["hn"], "hn");
        Close(output.CLast, expected.Outputs["cn"], "cn");
        StackGradients gradients = stack.Backward(expected.From);
        Close(new(gradients.Parameters) { ["x"] = gradients.X, ["h0"] = gradients.H0, ["c0"] = gradients.C0 },
            expected.Gradients, "gradient of ");
    }

    [Test]
    public void Both_optimisers_are_among_the_cases() =>
        Assert.That(Networks.Select(c => (c.Adam.Decoupled, c.Adam.WeightDecay > 0)).Distinct(),
            Is.EquivalentTo(new[] { (false, false), (false, true), (true, true) }));

    private static void Close(double[] actual, double[] expected, string name) =>
        Compare.Close(actual, expected, Absolute, Relative, name);

    private static void Close(Dictionary<string, double[]> actual, Dictionary<string, double[]> expected, string prefix)
    {
        Assert.That(actual.Keys, Is.EquivalentTo(expected.Keys));
        foreach ((string name, double[] values) in expected)
            Close(actual[name], values, prefix + name);
    }
}
