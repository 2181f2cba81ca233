namespace GpuLstm.Kernels.Language;

/// <summary>A C dialect that kernels are written in.</summary>
public enum KernelDialect
{
    OpenCl,
    Cuda,
}

public enum KernelParameterKind
{
    /// <summary>Three arguments in the text: pointer, offset in elements, length in elements (both 64 bits).</summary>
    View,
    /// <summary>One argument by value.</summary>
    Value,
    /// <summary>No argument: <c>-D SPECIALIZED_name=value</c>.</summary>
    Specialized,
}

/// <summary>One parameter of a kernel.</summary>
/// <param name="Name">As in the C#.</param>
/// <param name="Kind">How it is handed over.</param>
/// <param name="Type">C# name of the value or of the view's element.</param>
/// <param name="Size">Bytes of the value or of the view's element.</param>
/// <param name="Written">Whether the kernel may write through the view.</param>
/// <param name="Default">A specialised value's default.</param>
public sealed record KernelParameter(
    string Name, KernelParameterKind Kind, string Type, int Size, bool Written = false, int Default = 0);

/// <summary>Runs a kernel's C# once, as the work item <see cref="KernelContext.Current"/>.</summary>
public delegate void KernelBody(ReadOnlySpan<KernelArgument> arguments);

/// <summary>A compiled kernel: all that an accelerator needs to build and launch it. After the C#'s own parameters the
/// text takes, where <see cref="IndexDimensions"/> is above 0, one int extent per dimension, and where
/// <see cref="UsesDynamicShared"/>, first (OpenCL only) a <c>__local</c> pointer, then the size in bytes (64
/// bits).</summary>
/// <param name="Name">The entry point, Class_Method.</param>
/// <param name="Body">The text that both dialects share.</param>
/// <param name="Parameters">Without the index.</param>
/// <param name="IndexDimensions">1 to 3 for a kernel over a range, 0 for one that is launched in explicit
/// groups.</param>
/// <param name="Targets">Where it can run.</param>
/// <param name="MinArch">The lowest CUDA architecture, 70 for sm_70.</param>
/// <param name="UsesDouble">It needs a device with double precision.</param>
/// <param name="UsesDynamicShared">It reads the shared memory of the launch configuration.</param>
/// <param name="Run">The C# itself.</param>
public sealed record KernelDescriptor(
    string Name,
    string Body,
    IReadOnlyList<KernelParameter> Parameters,
    int IndexDimensions,
    KernelTargets Targets,
    int MinArch,
    bool UsesDouble,
    bool UsesDynamicShared,
    KernelBody Run)
{
    /// <summary>Groups wait for each other, so all must run at once: a launch fails where the device cannot hold
    /// them.</summary>
    public bool IsCooperative { get; init; }

    /// <summary>The whole text in one dialect: prelude and body, nothing to include.</summary>
    public string Text(KernelDialect dialect) =>
        $"// {Name}\n{KernelPrelude.Of(dialect, Targets, UsesDouble)}\n{Body}";

    /// <summary>The text as a file for people and for offline compilers: the CUDA file names its lowest architecture on
    /// the first line.</summary>
    public string FileText(KernelDialect dialect) =>
        dialect == KernelDialect.Cuda ? $"// min-arch: sm_{MinArch}\n{Text(dialect)}" : Text(dialect);
}
