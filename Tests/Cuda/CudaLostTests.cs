using System.Diagnostics;
using GpuLstm.Host;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Survival;

namespace GpuLstm.Tests.Cuda;

/// <summary>A GPU that is lost in the midst of training, which only the emulator does at will.</summary>
[TestFixture]
public class CudaLostTests : TestsInFolder
{
    private const int Kernels = 200; // before the fault: several steps, and not all

    [Test]
    public void Training_ends_in_one_sentence_and_the_checkpoint_before_is_whole()
    {
        Missing.UnlessCuda();
        if (!CudaGpu.List()[0].Name.Contains("mulated", StringComparison.Ordinal))
            Assert.Ignore("A GPU proper is not lost on demand.");
        string run = Folder["run"];
        using Process process = TrainingProcess.Start(
            ["--device", "cuda", "--data", "strokes", "--limit", "100", "--hidden", "4", "--batch", "5",
                "--epochs", "1", "--checkpoint-every", "2", "--log-every", "1", "--out", run],
            "env", $"GPULSTM_EMULATED_FAULT={Kernels}");
        (int code, string errors) = TrainingProcess.End(process);
        string sentence = errors.Split('\n').Single(line => line.StartsWith("gpulstm: ", StringComparison.Ordinal));
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(CommandLine.Failed));
            Assert.That(sentence, Does.Contain("CUDA_ERROR_ILLEGAL_ADDRESS (700)").And.Contain("nothing more can run"));
            Assert.That(errors, Does.Not.Contain("   at "), "no stack trace");
        });
        SurvivalRun.AssertNoTemporaryFiles(run);
        Checkpoint checkpoint = new CheckpointStore(SurvivalRun.Checkpoints(run), keep: 2).Latest(Assert.Fail)!;
        Assert.That(checkpoint.Position.Step, Is.InRange(2, 18));
        Assert.That(checkpoint.StepState[StepState.Applied], Is.EqualTo(checkpoint.Position.Step));
    }
}
