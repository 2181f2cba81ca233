namespace GpuLstm.Kernels.Language;

/// <summary>The text in front of every kernel: it maps the words of the shared body to one dialect.</summary>
internal static class KernelPrelude
{
    private static readonly Lazy<string> OpenCl = new(() => Read("opencl.h") + Read("common.h"));
    private static readonly Lazy<string> Cuda = new(() => Read("cuda.h") + Read("common.h"));

    private static readonly Lazy<string> CudaAlone = new(() => Cuda.Value + Read("ptx.h"));

    public static string Of(KernelDialect dialect, KernelTargets targets, bool usesDouble) =>
        (usesDouble ? "#define KERNEL_USES_DOUBLE\n" : "")
        + (dialect == KernelDialect.OpenCl ? OpenCl : targets == KernelTargets.Cuda ? CudaAlone : Cuda).Value;

    private static string Read(string name)
    {
        using Stream stream = typeof(KernelPrelude).Assembly.GetManifestResourceStream($"Prelude.{name}")
            ?? throw new InvalidOperationException($"The assembly lacks the kernel prelude {name}.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
