using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.OpenCl;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>Real compilers accept every kernel: the driver for OpenCL, clang for CUDA.</summary>
[TestFixture]
public class CompilesTests
{
    private static readonly int[] s_architectures = [70, 80, 90];

    private static IEnumerable<KernelDescriptor> Kernels() =>
        GpuLstm.Kernels.KernelCatalog.All.Concat(KernelCatalog.All);

    private static IEnumerable<TestCaseData> OpenClCases() => Cases(KernelTargets.OpenCl);
    private static IEnumerable<TestCaseData> CudaCases() => Cases(KernelTargets.Cuda);

    private static IEnumerable<TestCaseData> Cases(KernelTargets target) => Kernels()
        .Where(kernel => kernel.Targets.HasFlag(target)).Select(kernel =>
            new TestCaseData(kernel).SetArgDisplayNames(kernel.Name));

    [TestCaseSource(nameof(OpenClCases))]
    public void OpenCl_builds_the_kernel(KernelDescriptor kernel)
    {
        if (OpenClDevice.WhyNone is { } why)
        {
            Toolchain.Missing(why);
            return;
        }
        using OpenClContext context = new(OpenClDevice.List()[0]);
        KernelArgument[] defaults = [.. kernel.Parameters.Select(parameter => KernelArgument.Of(parameter.Default))];
        Assert.That(() => context.Build(kernel, new Index3D(16, 1, 1), defaults), Throws.Nothing);
    }

    [TestCaseSource(nameof(CudaCases))]
    public void Clang_compiles_the_kernel_to_ptx(KernelDescriptor kernel)
    {
        string folder = Directory.CreateTempSubdirectory("gpulstm-ptx").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "kernel.cu"), kernel.FileText(KernelDialect.Cuda));
            int[] architectures = [.. s_architectures.Where(architecture => architecture >= kernel.MinArch)];
            Assert.That(architectures.Select(architecture => Toolchain.Ptx(folder, "kernel.cu", architecture)),
                Is.Not.Empty.And.All.Contains($".entry {kernel.Name}("));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
