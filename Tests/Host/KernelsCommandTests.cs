using System.Text.Json;
using GpuLstm.Kernels.Gpu;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.Host;

/// <summary>What <c>gpulstm kernels</c> writes, without a device.</summary>
[TestFixture, NonParallelizable]
public class KernelsCommandTests : TestsInFolder
{
    [TestCase("opencl", "*.cl", KernelTargets.OpenCl)]
    [TestCase("ptx", "*.ptx", KernelTargets.Ptx)]
    public void It_writes_one_file_for_each_kernel_of_the_target(string target, string pattern, KernelTargets targets)
    {
        JsonElement[] files = Write(target);
        Assert.That(files.Select(file => file.GetProperty("kernel").GetString()), Is.EquivalentTo(
            KernelTable.All.Where(kernel => kernel.Targets.HasFlag(targets)).Select(kernel => kernel.Name)));
        Assert.That(files.Select(file => file.GetProperty("file").GetString()),
            Is.EquivalentTo(Directory.GetFiles(Folder[target], pattern)));
        Assert.That(Directory.GetFiles(Folder[target]), Has.Length.EqualTo(files.Length), "and nothing else");
    }

    [TestCase("sm_70", ".target sm_70")]
    [TestCase("sm_80", ".target sm_80")]
    [TestCase("sm_90", ".target sm_80")] // ILGPU's last; drivers compile it for later ones
    public void Ptx_names_its_architecture(string architecture, string target)
    {
        string[] texts = [.. Write("ptx", "--arch", architecture)
            .Select(file => File.ReadAllText(file.GetProperty("file").GetString()!))];
        Assert.That(texts, Has.All.Contain(target));
    }

    [TestCase("--target", "ptx", "--arch", "80")]
    [TestCase("--target", "ptx", "--arch", "sm_20")]
    [TestCase("--target", "opencl", "--arch", "sm_80")]
    [TestCase("--target", "cuda")]
    public void A_wrong_target_or_architecture_is_refused_and_nothing_written(params string[] arguments)
    {
        (int code, _, string errors) = CommandLineTests.Run(["kernels", .. arguments, "--out", Folder["new"]]);
        Assert.That(code, Is.EqualTo(2), errors);
        Assert.That(Folder["new"], Does.Not.Exist);
    }

    private JsonElement[] Write(string target, params string[] more)
    {
        (int code, string output, string errors) = CommandLineTests.Run(
            ["kernels", "--target", target, "--out", Folder[target], "--json", .. more]);
        Assert.That(code, Is.Zero, errors);
        return [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
    }
}
