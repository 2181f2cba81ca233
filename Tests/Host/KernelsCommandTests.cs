using System.Text.Json;
using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.OpenCl;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.KernelCompiler;

namespace GpuLstm.Tests.Host;

/// <summary>What <c>gpulstm kernels</c> writes: real compilers take each file alone.</summary>
[TestFixture, NonParallelizable]
public class KernelsCommandTests
{
    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [TestCase("opencl", "*.cl", KernelTargets.OpenCl)]
    [TestCase("cuda", "*.cu", KernelTargets.Cuda)]
    public void It_writes_one_file_for_each_kernel_of_the_target(string target, string pattern, KernelTargets targets)
    {
        JsonElement[] files = Write(target);
        string[] kernels = [.. GpuLstm.Kernels.KernelCatalog.All.Where(kernel => kernel.Targets.HasFlag(targets))
            .Select(kernel => kernel.Name)];
        Assert.That(files.Select(file => file.GetProperty("kernel").GetString()), Is.EquivalentTo(kernels));
        Assert.That(files.Select(file => file.GetProperty("file").GetString()),
            Is.EquivalentTo(Directory.GetFiles(_folder[target], pattern)));
        Assert.That(Directory.GetFiles(_folder[target]), Has.Length.EqualTo(files.Length), "and nothing else");
    }

    [Test]
    public void Specialised_constants_are_defaults_that_a_compiler_may_override()
    {
        JsonElement file = Write("opencl").Single(f => f.GetProperty("kernel").GetString() == "MatMul_Tiled");
        JsonProperty[] constants = [.. file.GetProperty("constants").EnumerateObject()];
        Assert.That(constants.Select(constant => constant.Name), Has.Member("SPECIALIZED_tileM"));
        string text = File.ReadAllText(file.GetProperty("file").GetString()!);
        foreach ((string name, JsonElement value) in constants.Select(constant => (constant.Name, constant.Value)))
            Assert.That(text, Does.Contain($"#ifndef {name}\n#define {name} {value}\n#endif\n"));
    }

    [Test]
    public void A_cuda_file_starts_with_the_architecture_it_needs()
    {
        foreach (JsonElement file in Write("cuda"))
            Assert.That(File.ReadLines(file.GetProperty("file").GetString()!).First(),
                Is.EqualTo($"// min-arch: {file.GetProperty("min_arch")}").And.Match("sm_[0-9]{2}$"));
    }

    [Test]
    public void The_driver_builds_every_opencl_file_alone()
    {
        if (OpenClDevice.WhyNone is { } why)
        {
            Toolchain.Missing(why);
            return;
        }
        OpenClDevice device = OpenClDevice.List()[0];
        foreach (JsonElement file in Write("opencl"))
        {
            string name = file.GetProperty("kernel").GetString()!, path = file.GetProperty("file").GetString()!;
            Assert.That(OpenClFile.Compile(File.ReadAllText(path), name, device), Is.Null, name);
        }
    }

    [Test]
    public void Clang_compiles_every_cuda_file_alone_for_the_architecture_it_names()
    {
        foreach (JsonElement file in Write("cuda"))
        {
            string kernel = file.GetProperty("kernel").GetString()!, named = file.GetProperty("min_arch").GetString()!;
            int architecture = Math.Max(70, int.Parse(named["sm_".Length..])); // clang's declarations start there
            Assert.That(Toolchain.Ptx(_folder["cuda"], $"{kernel}.cu", architecture),
                Does.Contain($".target sm_{architecture}").And.Contain($".entry {kernel}("));
        }
    }

    [Test]
    public void The_table_names_every_file()
    {
        (int code, string output, _) = CommandLineTests.Run(["kernels", "--target", "cuda", "--out", _folder["table"]]);
        Assert.That(code, Is.Zero);
        foreach (string path in Directory.GetFiles(_folder["table"]))
            Assert.That(output, Does.Contain(Path.GetFileName(path)));
    }

    [TestCase("kernels --target opencl", "--out")]
    [TestCase("kernels --out folder", "--target")]
    [TestCase("kernels --target metal --out folder", "metal")]
    public void A_wrong_command_line_is_refused(string line, string named)
    {
        (int code, _, string errors) = CommandLineTests.Run(line.Split(' '));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.StartWith("gpulstm: ").And.Contain(named));
    }

    [Test]
    public void A_file_in_the_folders_place_is_one_sentence()
    {
        string path = _folder.Write("taken", []);
        (int code, string output, string errors) = CommandLineTests.Run(["kernels", "--target", "cuda", "--out", path]);
        Assert.That((code, output), Is.EqualTo((1, "")));
        Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    private JsonElement[] Write(string target)
    {
        (int code, string output, string errors) =
            CommandLineTests.Run(["kernels", "--target", target, "--out", _folder[target], "--json"]);
        Assert.That(code, Is.Zero, errors);
        return [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
    }
}
