namespace GpuLstm.Kernels.Language;

/// <summary>Marks a static method that runs once per work item. The kernel compiler writes it as OpenCL C and CUDA C
/// and adds, to the same partial class, its descriptor (<c>NameKernel</c>) and a typed launcher
/// (<c>LaunchName</c>).</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelAttribute : Attribute
{
    /// <summary>No memory that the kernel writes through one view is reached through another: loads may be
    /// cached.</summary>
    public bool NoAlias { get; set; }

    /// <summary>Where the kernel can run. CUDA-only words need <see cref="KernelTargets.Cuda"/>.</summary>
    public KernelTargets Targets { get; set; } = KernelTargets.All;

    /// <summary>The lowest CUDA architecture, 10 x major + minor: 70 is sm_70.</summary>
    public int MinArch { get; set; } = 50;
}

/// <summary>What a kernel's text can be compiled for. The debug accelerator runs every kernel.</summary>
[Flags]
public enum KernelTargets
{
    OpenCl = 1,
    Cuda = 2,
    All = OpenCl | Cuda,
}
