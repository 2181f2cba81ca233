using GpuLstm.Kernels.Language;

namespace GpuLstm.Tests.Cuda;

/// <summary>Kernels that show what a launch was given.</summary>
public static partial class CudaTestKernels
{
    /// <summary>x += 1.</summary>
    [Kernel]
    public static void Increment(Index1D i, ArrayView<int> x) => x[i] += 1;

    /// <summary>target = source backwards, through shared memory of the launch's size; one group.</summary>
    [Kernel]
    public static void Reverse(ArrayView<int> source, ArrayView<int> target)
    {
        ArrayView<int> shared = SharedMemory.GetDynamic<int>();
        for (int i = Group.IdxX; i < source.IntLength; i += Group.DimX)
            shared[i] = source[i];
        Group.Barrier();
        for (int i = Group.IdxX; i < source.IntLength; i += Group.DimX)
            target[i] = shared[source.IntLength - 1 - i];
    }

    /// <summary>Writes far outside every buffer.</summary>
    [Kernel]
    public static void Stray(ArrayView<int> x) => x[1L << 40] = 1;
}
