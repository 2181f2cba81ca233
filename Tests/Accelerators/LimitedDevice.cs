using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.Gpu;
using ILGPU.Runtime.CPU;

namespace GpuLstm.Tests.Accelerators;

/// <summary>Devices that take the ways of others.</summary>
internal static class LimitedDevice
{
    /// <summary>Opens <c>debug</c> or <c>cuda</c>; the test is skipped where there is no CUDA device that knows the
    /// instructions of the limits' capability.</summary>
    /// <param name="onChip">How layers keep their weights on chip; null: as the planners say.</param>
    public static GpuEngine Open(string id, GpuLimits limits, Precision precision = Precision.F32,
        OnChipSchedule? onChip = null)
    {
        if (id == "debug")
            return onChip switch
            {
                null => new DebugEngine(limits, precision: precision),
                SpreadSchedule => new DebugEngine( // a multiprocessor for each group: all run at once
                    new CPUDevice(numThreadsPerWarp: 32, numWarpsPerMultiprocessor: 8, limits.ComputeUnits), limits,
                    profile: false, precision) { OnChip = (_, _) => onChip },
                _ => new DebugEngine(limits, precision: precision) { OnChip = (_, _) => onChip },
            };
        Missing.UnlessCuda();
        if (CudaGpu.List()[0] is { } gpu && gpu.Limits.ComputeCapability < limits.ComputeCapability)
            Assert.Ignore($"{gpu.Name} is older than what the test is for.");
        return CudaEngine.Open(0, limits, 0, precision, profile: false, onChip);
    }
}
