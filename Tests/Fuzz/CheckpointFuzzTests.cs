using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Host;
using GpuLstm.Tests.Survival;

namespace GpuLstm.Tests.Fuzz;

/// <summary>Damaged checkpoints: whatever is hit, the file is refused in a sentence.</summary>
[NonParallelizable]
public class CheckpointFuzzTests
{
    [Test]
    public void Checkpoint()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        string[] options = ["--data", "strokes", "--limit", "40", "--hidden", "2", "--batch", "10", "--epochs", "3"];
        Assert.That(CommandLineTests.Run(["train", "--out", run, .. options]).Code, Is.Zero);
        byte[][] files = [.. Directory.GetFiles(SurvivalRun.Checkpoints(run)).Select(File.ReadAllBytes)];
        FuzzTarget target = new("checkpoint", files,
            file => Runtime.Training.Checkpoint.Parse(SafetensorsFile.Read(new MemoryStream(file), "x")))
        {
            Repair = Repairs.Safetensors, // the lengths; the checksum no one can repair
            AllocationPerByte = 64,
        };
        (int readable, IReadOnlyCollection<string> complaints) = target.Run(seed: 20261);
        TestContext.Out.WriteLine($"{readable} still readable, {complaints.Count} different complaints");
        Assert.That(complaints, Has.Count.GreaterThanOrEqualTo(10), string.Join('\n', complaints));
        Assert.That(complaints, Has.Some.Contains("its content does not match its"));
    }
}
