namespace GpuLstm.Kernels.Language;

/// <summary>What a work item can ask while the kernel's C# itself runs. The debug accelerator implements it;
/// <see cref="KernelContext.Current"/> is set on the thread of the work item.</summary>
public interface IKernelContext
{
    /// <summary>The work item's place in its group.</summary>
    Index3D Item { get; }
    /// <summary>Work items in a group.</summary>
    Index3D GroupSize { get; }
    /// <summary>The group's place in the grid.</summary>
    Index3D Group { get; }
    /// <summary>Groups in the grid.</summary>
    Index3D GridSize { get; }

    /// <summary>Waits for the whole group.</summary>
    /// <param name="file">The source file of the barrier, to tell one barrier from another.</param>
    /// <param name="line">Its line.</param>
    /// <exception cref="KernelFaultException">A part of the group stands at another barrier or has returned.</exception>
    void Barrier(string file, int line);

    /// <summary>Every item's value for all items of the group, by linear index, once all have arrived.</summary>
    ReadOnlySpan<T> Exchange<T>(T value, string file, int line) where T : unmanaged;

    /// <summary>The group's array for the n-th allocation of this work item.</summary>
    ArrayView<T> AllocateShared<T>(int length) where T : unmanaged;

    /// <summary>The group's array whose size the launch configuration requested.</summary>
    ArrayView<T> DynamicShared<T>() where T : unmanaged;

    /// <summary>An array of this work item's own.</summary>
    ArrayView<T> AllocateLocal<T>(int length) where T : unmanaged;
}

/// <summary>The work item that the current thread runs.</summary>
public static class KernelContext
{
    [ThreadStatic]
    private static IKernelContext? current;

    /// <exception cref="KernelFaultException">No kernel runs on this thread.</exception>
    public static IKernelContext Current =>
        current ?? throw new KernelFaultException("Group, Grid and shared memory exist only inside a running kernel.");

    /// <summary>Sets, or with null ends, the work item of this thread.</summary>
    public static void Enter(IKernelContext? context) => current = context;
}
