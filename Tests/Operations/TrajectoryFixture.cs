using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Comparison;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>The default recipe trained on each GPU and beside it on the processor: on MNIST where it is at hand, else
/// on drawn digits. Runs part ways after some steps, so first losses, single steps from shared states and means over
/// seeds are what can be compared.</summary>
[TestFixtureSource(nameof(Others))]
public class TrajectoryFixture(TestEngine on)
{
    private const int Steps = 200, LastSteps = 50, Seeds = 3;

    // Three times what two runs of the processor alone differ by: over its vector widths and threads, which sum in
    // other orders, the mean over these seeds has a standard deviation of 3.1 %, so a difference one of 4.4 %.
    private const double Tolerance = 13;

    private readonly List<AcceleratorComparison> _comparisons = [];

    /// <summary>The debugger is too slow for a network of this size.</summary>
    private static IEnumerable<TestEngine> Others => TestEngine.AsUsed.Where(a => a.Id != "cpu" && !a.Slow);

    [OneTimeSetUp]
    public void Train()
    {
        on.Open();
        Dataset data = Load();
        using var cpu = new CpuEngine();
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var comparison = new AcceleratorComparison(Recipes.Find("lstm128"), data, seed, Steps);
            comparison.Measure(cpu, null, default);
            comparison.Measure(on.Open(), null, default);
            _comparisons.Add(comparison);
        }
        foreach (AcceleratorMeasurement measured in _comparisons.SelectMany(c => c.Measured))
            TestContext.Out.WriteLine($"{measured.Device} {measured.SamplesPerSecond:N0}/s {measured.Difference}");
    }

    [Test]
    public void The_first_losses_agree() =>
        Assert.That(Differences.Select(d => d.FirstLosses), Has.All.AtMost(1e-3));

    [Test]
    public void Steps_from_the_processors_states_have_its_loss_and_its_gradients()
    {
        Assert.That(_comparisons.Select(c => c.Parts), Has.All.EqualTo(20));
        Assert.That(Differences.Select(d => d.SharedLoss), Has.All.AtMost(1e-5));
        Assert.That(Differences.Select(d => d.SharedGradient), Has.All.AtMost(1e-4));
    }

    [Test]
    public void The_mean_loss_at_the_end_agrees()
    {
        double[] means = [.. Enumerable.Range(0, 2).Select(i => _comparisons
            .SelectMany(c => c.Measured[i].Losses.TakeLast(LastSteps)).Average(loss => (double)loss))];
        Assert.That(means[1], Is.EqualTo(means[0]).Within(Tolerance).Percent);
    }

    private IEnumerable<AcceleratorDifference> Differences => _comparisons.Select(c => c.Measured[1].Difference);

    private static Dataset Load()
    {
        string? root = Environment.GetEnvironmentVariable("GPULSTM_DATA");
        return DatasetLoader.Load(string.IsNullOrEmpty(root)
            ? new() { Spec = "strokes", StrokesTrain = 5000, StrokesTest = 20 }
            : new() { Spec = $"mnist:{Path.Combine(root, "mnist")}" }, new RecordingProgress(), default);
    }
}
