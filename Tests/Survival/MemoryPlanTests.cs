using System.Diagnostics;
using System.Text.Json;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Host;

namespace GpuLstm.Tests.Survival;

/// <summary>The memory that is told before training is the memory that training takes.</summary>
[TestFixture, NonParallelizable]
public class MemoryPlanTests
{
    [TestCase("lstm128", 2000, 128, 2)]
    [TestCase("dense28-lstm28", 3000, 200, 1)]
    public void The_plan_comes_within_a_tenth_of_what_a_trainer_takes(string name, int batch, int hidden, int layers)
    {
        Recipe recipe = Recipes.Find(name) with { Batch = batch, Hidden = hidden, Layers = layers, Epochs = 1 };
        Dataset data = DatasetLoader.Load(new DataOptions { Spec = "strokes", StrokesTrain = batch, StrokesTest = 100 }, new RecordingProgress(), CancellationToken.None);
        long planned = MemoryPlan.Of(recipe, data).Total;
        using var cpu = new CpuAccelerator(2);
        GC.Collect();
        long before = Resident();
        using var trainer = new Trainer(cpu, recipe, data, 1, new Silent());
        Assert.That(Resident() - before, Is.EqualTo(planned).Within(10).Percent);
    }

    [Test]
    public void Summary_tells_the_parts_and_their_sum()
    {
        (int code, string output, string errors) = CommandLineTests.Run(["summary", "lstm128", "--batch", "100", "--json"]);
        Assert.That(code, Is.Zero, errors);
        JsonElement memory = JsonDocument.Parse(output).RootElement.GetProperty("memory");
        long Part(string name) => memory.GetProperty(name).GetInt64();
        // nn.LSTM(28, 128) and nn.Linear(128, 10): 82,186 numbers; fc.bias is padded from 10 to 16.
        Assert.Multiple(() =>
        {
            Assert.That(Part("parameters"), Is.EqualTo(4 * (82_186 + 6)));
            Assert.That(Part("gradients"), Is.EqualTo(Part("parameters")));
            Assert.That(Part("moments"), Is.EqualTo(2 * Part("parameters")));
            Assert.That(Part("activations"), Is.GreaterThan(4 * 28 * 100 * (28 + 7 * 128)));
            Assert.That(Part("data"), Is.EqualTo(70_000 * (28 * 28 + 1 + 4)));
            Assert.That(memory.EnumerateObject().Where(p => p.Name != "total").Sum(p => p.Value.GetInt64()), Is.EqualTo(Part("total")));
        });
        Assert.That(CommandLineTests.Run(["summary", "lstm128", "--batch", "100"]).Output, Does.Contain("activations of a batch of 100"));
    }

    [Test]
    public void More_than_the_device_has_is_refused_before_anything_is_made()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        (int code, _, string errors) = CommandLineTests.Run(["train", "--data", "strokes", "--hidden", "16384", "--layers", "64", "--batch", "60000", "--out", run]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(errors, Does.Match(@"needs [\d,.]+ GB and the device cpu has [\d,.]+ GB"));
            Assert.That(run, Does.Not.Exist);
        });
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private sealed class Silent : ITrainingObserver
    {
        public void OnProgress(in TrainingProgress progress) { }
        public void OnStep(in StepLog step, bool logged) { }
        public void OnTest(TestLog test) { }
        public void OnEpoch(EpochLog epoch) { }
    }
}
