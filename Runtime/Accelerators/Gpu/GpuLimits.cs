using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>What of a device decides how kernels are launched on it.</summary>
/// <param name="IsGpu">Not a processor that only runs kernels.</param>
/// <param name="ComputeUnits">Multiprocessors: each runs one group or more at once.</param>
/// <param name="MaxGroupSize">Items of the largest group.</param>
/// <param name="SharedBytes">The most shared memory that a group's own arrays can take.</param>
public sealed record GpuLimits(bool IsGpu, int ComputeUnits, int MaxGroupSize, long SharedBytes)
{
    /// <summary>An accelerator's own.</summary>
    public static GpuLimits Of(Accelerator accelerator) => new(
        accelerator.AcceleratorType != AcceleratorType.CPU
            && accelerator is not CLAccelerator { DeviceType: not CLDeviceType.CL_DEVICE_TYPE_GPU },
        accelerator.NumMultiprocessors, accelerator.MaxNumThreadsPerGroup, accelerator.MaxSharedMemoryPerGroup);
}
