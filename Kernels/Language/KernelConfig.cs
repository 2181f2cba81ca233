namespace GpuLstm.Kernels.Language;

/// <summary>How many groups of how many work items a launch has, and the shared memory it asks for beyond the kernel's
/// own.</summary>
public readonly record struct KernelConfig(Index3D GridDim, Index3D GroupDim, SharedMemoryConfig SharedMemory = default)
{
    public static implicit operator KernelConfig((Index3D Grid, Index3D Group) dimensions) =>
        new(dimensions.Grid, dimensions.Group);
}

/// <summary>Shared memory of a size known at launch, read with <see cref="SharedMemory.GetDynamic{T}"/>.</summary>
public readonly record struct SharedMemoryConfig(long Bytes)
{
    public static unsafe SharedMemoryConfig RequestDynamic<T>(int length) where T : unmanaged =>
        new((long)length * sizeof(T));
}
