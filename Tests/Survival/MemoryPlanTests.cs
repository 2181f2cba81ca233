using System.Text.Json;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Host;

namespace GpuLstm.Tests.Survival;

/// <summary>The memory that is told before training is the memory that training takes.</summary>
[TestFixture, NonParallelizable]
public class MemoryPlanTests
{
    [TestCase("lstm128", 128, 2)]
    [TestCase("dense28-lstm28", 200, 1)]
    [TestCase("lstm64", 64, 2, "--bidirectional", "--dropout", "0.1", "--recurrent-dropout", "0.1", "--zoneout-c",
        "0.1")]
    [TestCase("lstm64", 64, 1, "--layer-norm", "--projection", "32")]
    public void A_larger_batch_takes_as_much_more_as_the_plan_says(string name, int hidden, int layers,
        params string[] more)
    {
        const int samples = 3000, small = 50;
        using var folder = new TemporaryFolder();
        long Peak(int batch)
        {
            string run = folder[$"{batch}"];
            Assert.That(TrainingProcess.Finish(
                ["--recipe", name, "--hidden", $"{hidden}", "--layers", $"{layers}", "--batch", $"{batch}",
                "--data", "strokes", "--limit", $"{samples}", "--epochs", "1", "--out", run, .. more]), Is.Zero);
            return JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "result.json"))).RootElement
                .GetProperty("peak_memory_bytes").GetInt64();
        }
        long Planned(int batch)
        {
            Recipe recipe = Recipes.Find(name) with { Hidden = hidden, Layers = layers, Batch = batch, Epochs = 1 };
            if (more.Length > 0)
                recipe = recipe with
                {
                    Variant = more.Contains("--layer-norm")
                        ? new() { LayerNorm = true, Projection = 32 }
                        : new() { Bidirectional = true, Dropout = 0.1f, RecurrentDropout = 0.1f, ZoneoutCell = 0.1f },
                };
            return MemoryPlan.Of(recipe, recipe.Network(28, 28, 10), samples, 10_000).Total;
        }
        Assert.That(Peak(samples) - Peak(small), Is.EqualTo(Planned(samples) - Planned(small)).Within(10).Percent);
    }

    [Test]
    public void Summary_tells_the_parts_and_their_sum()
    {
        (int code, string output, string errors) =
            CommandLineTests.Run(["summary", "lstm128", "--batch", "100", "--json"]);
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
            Assert.That(memory.EnumerateObject().Where(p => p.Name != "total").Sum(p => p.Value.GetInt64()),
                Is.EqualTo(Part("total")));
        });
        Assert.That(CommandLineTests.Run(["summary", "lstm128", "--batch", "100"]).Output,
            Does.Contain("activations of a batch of 100"));
    }

    [Test]
    public void More_than_the_device_has_is_refused_before_anything_is_made()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        (int code, _, string errors) = CommandLineTests.Run(
            ["train", "--data", "strokes", "--hidden", "16384", "--layers", "64", "--batch", "60000", "--out", run]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(errors, Does.Match(@"needs [\d,.]+ GB and the device cpu has [\d,.]+ GB"));
            Assert.That(run, Does.Not.Exist);
        });
    }
}
