using GpuLstm.Kernels.Language;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.IR.Intrinsics;
using ILGPU.IR;

namespace GpuLstm.Kernels;

/// <summary>Prepares an ILGPU context for our kernels.</summary>
public static class LstmContextExtensions
{
    /// <summary>Registers all that the kernels of this project need: ILGPU.Algorithms, and the words of
    /// <c>Kernels/Language</c>. The optimisation level becomes O1: ILGPU 1.5.3's O2 moves loads of shared memory past
    /// barriers.</summary>
    public static Context.Builder LstmKernels(this Context.Builder builder)
    {
        builder.EnableAlgorithms().Optimize(OptimizationLevel.O1);
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        Sync.Register(manager);
        FastMath.Register(manager);
        AsyncCopy.Register(manager);
        TensorCore.Register(manager);
        return builder;
    }
}
