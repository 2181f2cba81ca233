using GpuLstm.Kernels.Language;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>The generated text, letter by letter: TestData/kernels holds each C# source beside the C it becomes. After
/// a change on purpose, run with GPULSTM_UPDATE_GOLDEN set to the folder in the source tree, and read the
/// difference.</summary>
[TestFixture]
public class GoldenTests
{
    private static readonly string s_folder = Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData",
        "kernels");

    private static IEnumerable<string> Samples() =>
        Directory.GetFiles(s_folder, "*.cs.txt").Select(path => Path.GetFileName(path)[..^".cs.txt".Length]).Order();

    [TestCaseSource(nameof(Samples))]
    public void A_kernel_becomes_this_text(string name) =>
        Compare(name + ".c", GeneratorHost.Body(File.ReadAllText(Path.Combine(s_folder, name + ".cs.txt"))));

    [TestCase(KernelDialect.OpenCl, "Elementwise_Fill.cl")]
    [TestCase(KernelDialect.Cuda, "Elementwise_Fill.cu")]
    public void A_file_is_prelude_and_body(KernelDialect dialect, string file)
    {
        KernelDescriptor fill = GpuLstm.Kernels.KernelCatalog.All.Single(kernel => kernel.Name == "Elementwise_Fill");
        Compare(file, fill.FileText(dialect));
    }

    [Test]
    public void A_cuda_file_names_its_lowest_architecture_first() => Assert.That(
        GpuLstm.Kernels.KernelCatalog.All.Select(kernel => kernel.FileText(KernelDialect.Cuda)),
        Has.All.Match("^// min-arch: sm_[0-9]{2}\n"));

    private static void Compare(string file, string text)
    {
        if (Environment.GetEnvironmentVariable("GPULSTM_UPDATE_GOLDEN") is { Length: > 0 } folder)
            File.WriteAllText(Path.Combine(folder, file), text);
        else
            Assert.That(text, Is.EqualTo(File.ReadAllText(Path.Combine(s_folder, file)).ReplaceLineEndings("\n")));
    }
}
