using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Cuda;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Cuda;

/// <summary>Kernels that show what a launch was given.</summary>
internal static class CudaTestKernels
{
    /// <summary>x += 1.</summary>
    private static void Increment(Index1D i, ArrayView<int> x) => x[i] += 1;

    /// <summary>target = source backwards, through shared memory of the launch's size; one group.</summary>
    private static void Reverse(ArrayView<int> source, ArrayView<int> target)
    {
        ArrayView<int> shared = SharedMemory.GetDynamic<int>();
        for (int i = Group.IdxX; i < source.IntLength; i += Group.DimX)
            shared[i] = source[i];
        Sync.Barrier();
        for (int i = Group.IdxX; i < source.IntLength; i += Group.DimX)
            target[i] = shared[source.IntLength - 1 - i];
    }

    /// <summary>Writes far outside every buffer.</summary>
    private static void Stray(ArrayView<int> x) => x[1L << 40] = 1;

    public static Action<AcceleratorStream, Index1D, ArrayView<int>> LoadIncrement(CudaEngine engine) =>
        engine.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<int>>(Increment);

    public static Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>> LoadReverse(CudaEngine engine)
    {
        var launcher = engine.Accelerator.LoadKernel<ArrayView<int>, ArrayView<int>>(Reverse);
        engine.Prepare(launcher.GetKernel());
        return launcher;
    }

    public static Action<AcceleratorStream, KernelConfig, ArrayView<int>> LoadStray(CudaEngine engine) =>
        engine.Accelerator.LoadKernel<ArrayView<int>>(Stray);
}
