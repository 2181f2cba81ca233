using System.Text.RegularExpressions;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.Survival;

/// <summary>A small training run in a folder of its own, and what two runs are compared by.</summary>
internal static partial class SurvivalRun
{
    /// <summary>300 samples in batches of 20, 3 epochs: 45 steps.</summary>
    public static string[] Options { get; } =
        ["--data", "strokes", "--limit", "300", "--epochs", "3", "--hidden", "20", "--layers", "2", "--batch", "20",
            "--log-every", "5", "--augment", "shift=1,rotate=10,elastic=1"];

    public static string Checkpoints(string run) => Path.Combine(run, "checkpoints");

    /// <summary>The checkpoints' names, oldest first.</summary>
    public static string[] CheckpointNames(string run) =>
        [.. Directory.GetFiles(Checkpoints(run)).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    /// <summary>Checks that a run ended as another did: model, metrics and result, but for the time they
    /// took.</summary>
    public static void AssertSame(string run, string expected)
    {
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllBytes(Path.Combine(run, "model.safetensors")),
                Is.EqualTo(File.ReadAllBytes(Path.Combine(expected, "model.safetensors"))), "model");
            foreach (string name in new[] { "metrics.jsonl", "result.json" })
                Assert.That(Timeless(Path.Combine(run, name)), Is.EqualTo(Timeless(Path.Combine(expected, name))),
                    name);
            foreach (string name in new[] { "loss", "accuracy", "confusion" })
                Assert.That(File.ReadAllText(Path.Combine(run, "plots", $"{name}.svg")),
                    Is.EqualTo(File.ReadAllText(Path.Combine(expected, "plots", $"{name}.svg"))), name);
            AssertNoTemporaryFiles(run);
        });
    }

    public static void AssertNoTemporaryFiles(string run) =>
        Assert.That(Directory.GetFiles(run, "*.tmp", SearchOption.AllDirectories), Is.Empty, "temporary files");

    private static string[] Timeless(string path) =>
        [.. File.ReadAllLines(path).Select(l => Times().Replace(l, "")).Where(l => l.Trim().Length > 0)];

    [GeneratedRegex("""\s*"(\w*seconds|\w*samples_per_second|peak_memory_bytes)": ?[^,}]*,?""")]
    private static partial Regex Times();
}
