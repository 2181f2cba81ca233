using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.Cuda;

/// <summary>The run-time compiler is found wherever it is installed, in the version that suits the driver.</summary>
[TestFixture]
public class NvrtcFinderTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DropFolder() => _folder.Dispose();

    [TestCase(11, "libnvrtc.so.11.2", "libnvrtc.so.12", "libnvrtc.so.13")]
    [TestCase(12, "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so.13")]
    [TestCase(13, "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2")]
    [TestCase(14, "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2")]
    public void The_drivers_own_version_comes_first_and_later_ones_last(int driver, params string[] expected) =>
        Assert.That(new NvrtcFinder(false, driver, [], () => []).Candidates(), Is.EqualTo(expected));

    [Test]
    public void Windows_has_its_own_names() => Assert.That(
        new NvrtcFinder(true, 12, [], () => []).Candidates(),
        Is.EqualTo(new[] { "nvrtc64_120_0.dll", "nvrtc64_112_0.dll", "nvrtc64_130_0.dll" }));

    [Test]
    public void A_toolkits_library_comes_before_the_systems_of_that_version()
    {
        string file = Touch("toolkit", "lib64", "libnvrtc.so.12");
        NvrtcFinder finder = new(false, 12, [_folder["toolkit"]], () => []);
        Assert.That(finder.Candidates(),
            Is.EqualTo(new[] { file, "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so.13" }));
    }

    [TestCase(false, "nvidia/cuda_nvrtc/lib/libnvrtc.so.12")]
    [TestCase(false, "nvidia/cu13/lib/libnvrtc.so.13")]
    [TestCase(true, "nvidia/cuda_nvrtc/bin/nvrtc64_120_0.dll")]
    [TestCase(true, "nvidia/cu13/bin/x86_64/nvrtc64_130_0.dll")]
    public void Pythons_packages_are_searched_after_the_system(bool windows, string path)
    {
        string file = Touch(["site-packages", .. path.Split('/')]);
        NvrtcFinder finder = new(windows, 13, [], () => [_folder["absent"], _folder["site-packages"]]);
        Assert.That(finder.Candidates().Last(), Is.EqualTo(file));
    }

    [Test]
    public void Python_is_not_asked_before_it_is_needed()
    {
        NvrtcFinder finder = new(false, 13, [], () => throw new InvalidOperationException("Python was asked."));
        Assert.That(finder.Candidates().Take(3).ToArray(), Has.Length.EqualTo(3));
        Assert.That(() => finder.Candidates().ToArray(), Throws.InvalidOperationException);
    }

    [Test]
    public void The_compilers_built_ins_are_loaded_from_beside_it()
    {
        string library = Touch("lib", "libnvrtc.so.12"), builtins = Touch("lib", "libnvrtc-builtins.so.12.4");
        Assert.That(NvrtcFinder.Companions(library), Is.EqualTo(new[] { builtins }));
        Assert.That(NvrtcFinder.Companions("libnvrtc.so.12"), Is.Empty);
        Assert.That(NvrtcFinder.Companions(Path.Combine(_folder["lib"], "libOpenCL.so")), Is.Empty);
    }

    [TestCase(90, true, 90)]
    [TestCase(89, false, 80)]
    [TestCase(103, false, 90)]
    public void A_compiler_older_than_the_gpu_makes_ptx(int capability, bool machineCode, int architecture) =>
        Assert.That(NvrtcCompiler.Choose([70, 80, 90], capability), Is.EqualTo((machineCode, architecture)));

    [Test]
    public void A_compiler_newer_than_the_gpu_is_refused() =>
        Assert.That(NvrtcCompiler.Choose([75, 80, 90], 61), Is.Null);

    private string Touch(params string[] parts)
    {
        string file = Path.Combine([_folder.Path, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        return file;
    }
}
