using System.Diagnostics;
using GpuLstm.Host;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Tests.Survival;

namespace GpuLstm.Tests.Cuda;

/// <summary>Drivers and devices that are not as they should be, which only the emulator is at will: one sentence, exit
/// code 1, nothing left behind.</summary>
[TestFixture]
public class CudaErrorTests : TestsInFolder
{
    [SetUp]
    public void SkipWithoutTheEmulator()
    {
        Missing.UnlessCuda();
        if (!CudaGpu.List()[0].Name.Contains("mulated", StringComparison.Ordinal))
            Assert.Ignore("A GPU proper is what it is.");
    }

    [TestCase("GPULSTM_EMULATED_GPU=none", "cuda", "There is no CUDA device")]
    [TestCase("GPULSTM_EMULATED_GPU=h100", "cuda:7", "There is no device cuda:7; the last one is cuda:0.")]
    [TestCase("GPULSTM_EMULATED_DRIVER=9.0", "cuda", "which is too old for its kernels; a newer driver helps")]
    public void What_is_missing_is_told_and_nothing_written(string setting, string device, string sentence)
    {
        (int code, string errors) = Run(setting, device);
        Assert.That(code, Is.EqualTo(CommandLine.Failed), errors);
        Assert.That(errors, Does.Contain(sentence).And.Not.Contain("   at "));
        Assert.That(Directory.Exists(Folder["run"]), Is.False);
    }

    [Test]
    public void A_precision_that_the_gpu_lacks_is_refused()
    {
        (int code, string errors) = Run("GPULSTM_EMULATED_GPU=t4", "cuda", "NOTHING=0", "--precision", "bf16");
        Assert.That(code, Is.EqualTo(CommandLine.Failed), errors);
        Assert.That(errors, Does.Contain("has no --precision bf16: its compute capability is 7.5"));
    }

    /// <summary>Older PTX is asked for, and without graphs each kernel is launched by itself.</summary>
    [Test]
    public void An_older_driver_gets_older_text()
    {
        (int code, string errors) = Run("GPULSTM_EMULATED_DRIVER=11.1", "cuda", "GPULSTM_EMULATED_GPU=a100");
        Assert.That(code, Is.Zero, errors);
    }

    private (int Code, string Errors) Run(string setting, string device, string another = "NOTHING=0",
        params string[] more)
    {
        using Process process = TrainingProcess.Start(
            ["--device", device, "--data", "strokes", "--limit", "20", "--hidden", "4", "--batch", "10",
                "--epochs", "1", "--out", Folder["run"], .. more],
            "env", setting, another);
        return TrainingProcess.End(process);
    }
}
