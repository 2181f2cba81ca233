using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>What of a device decides how kernels are launched on it. A value that its driver does not tell is
/// 0.</summary>
/// <param name="IsGpu">Not a processor that only runs kernels.</param>
/// <param name="ComputeUnits">Multiprocessors: each runs one group or more at once.</param>
/// <param name="MaxGroupSize">Items of the largest group.</param>
/// <param name="SharedBytes">The most shared memory that a group can have: on CUDA the opt-in limit.</param>
public sealed record GpuLimits(bool IsGpu, int ComputeUnits, int MaxGroupSize, long SharedBytes)
{
    /// <summary>How much of it a kernel's own arrays can take. CUDA allows them 48 KiB: beyond that the memory must be
    /// dynamic.</summary>
    public long DeclaredSharedBytes { get; init; } = SharedBytes;

    /// <summary>Items that run in lockstep.</summary>
    public int WarpSize { get; init; }

    /// <summary>32-bit registers of a group, at most.</summary>
    public int RegistersPerGroup { get; init; }

    /// <summary>Items that a compute unit holds at once, at most.</summary>
    public int ItemsPerUnit { get; init; }

    /// <summary>Shared memory of a compute unit.</summary>
    public long SharedBytesPerUnit { get; init; }

    /// <summary>Whether the groups of a launch can be made to run all at once.</summary>
    public bool Cooperative { get; init; }

    /// <summary>CUDA's, 10 x major + minor: 90 is sm_90. 0: not a CUDA device.</summary>
    public int ComputeCapability { get; init; }

    /// <summary>An accelerator's own.</summary>
    public static GpuLimits Of(Accelerator accelerator) => new(
        accelerator.AcceleratorType != AcceleratorType.CPU
            && accelerator is not CLAccelerator { DeviceType: not CLDeviceType.CL_DEVICE_TYPE_GPU },
        accelerator.NumMultiprocessors, accelerator.MaxNumThreadsPerGroup, accelerator.MaxSharedMemoryPerGroup);
}
