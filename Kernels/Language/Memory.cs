namespace GpuLstm.Kernels.Language;

/// <summary>Arrays that a group shares; their elements start undefined.</summary>
public static class SharedMemory
{
    /// <summary>An array of constant (or specialised) length, declared in the kernel itself.</summary>
    public static ArrayView<T> Allocate<T>(int extent) where T : unmanaged =>
        KernelContext.Current.AllocateShared<T>(extent);

    /// <summary>The array whose size the launch's <see cref="SharedMemoryConfig"/> requested.</summary>
    public static ArrayView<T> GetDynamic<T>() where T : unmanaged => KernelContext.Current.DynamicShared<T>();
}

/// <summary>Arrays of one work item, in registers where all indexes are constant after unrolling.</summary>
public static class LocalMemory
{
    /// <summary>An array of constant (or specialised) length; its elements start undefined.</summary>
    public static ArrayView<T> Allocate<T>(int extent) where T : unmanaged =>
        KernelContext.Current.AllocateLocal<T>(extent);
}

/// <summary>Orders this item's memory accesses as others see them. No rendezvous.</summary>
public static class MemoryFence
{
    public static void GroupLevel() => Thread.MemoryBarrier();
    public static void DeviceLevel() => Thread.MemoryBarrier();
    public static void SystemLevel() => Thread.MemoryBarrier();
}
