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
    /// <exception cref="KernelFaultException">A part of the group stands at another barrier or has
    /// returned.</exception>
    void Barrier(string file, int line);

    /// <summary>Every item's value for all items of the group, by linear index, once all have arrived.</summary>
    ReadOnlySpan<T> Exchange<T>(T value, string file, int line) where T : unmanaged;

    /// <summary>Items that run in lockstep; 0 where the kernel may not count on any.</summary>
    int WarpSize { get; }

    /// <summary>Every lane's value for all lanes of the warp, once all have arrived.</summary>
    ReadOnlySpan<T> ExchangeInWarp<T>(T value, string file, int line) where T : unmanaged;

    /// <summary>Waits for every group with the same place along Y and Z.</summary>
    void BarrierAlongX(string file, int line);

    /// <summary>Starts a copy that ends when a wait of this item says so.</summary>
    /// <param name="copy">The copy.</param>
    void CopyLater(Action copy);

    /// <summary>Closes the batch of copies started since the last call.</summary>
    void CommitCopies();

    /// <summary>Waits until at most the <paramref name="newest"/> batches committed last are under way.</summary>
    void WaitForCopies(int newest);

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
