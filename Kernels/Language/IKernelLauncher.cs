namespace GpuLstm.Kernels.Language;

/// <summary>An accelerator as generated launchers see it. Launches are queued in order and return at once.</summary>
public interface IKernelLauncher
{
    /// <summary>Queues a kernel.</summary>
    /// <param name="kernel">What to run.</param>
    /// <param name="config">Groups and their size.</param>
    /// <param name="arguments">One per parameter of <paramref name="kernel"/>; not kept.</param>
    void Launch(KernelDescriptor kernel, in KernelConfig config, ReadOnlySpan<KernelArgument> arguments);

    /// <summary>Queues a kernel over a range; the accelerator picks the groups.</summary>
    /// <inheritdoc cref="Launch(KernelDescriptor, in KernelConfig, ReadOnlySpan{KernelArgument})"/>
    /// <param name="kernel">What to run.</param>
    /// <param name="extent">Items per dimension, 1 in those that the kernel lacks.</param>
    /// <param name="arguments">One per parameter of <paramref name="kernel"/>; not kept.</param>
    void Launch(KernelDescriptor kernel, Index3D extent, ReadOnlySpan<KernelArgument> arguments);
}
