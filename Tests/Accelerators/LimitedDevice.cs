using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Tests.Accelerators;

/// <summary>Devices that take the ways of others.</summary>
internal static class LimitedDevice
{
    /// <summary>Opens <c>debug</c> or <c>cuda</c>; the test is skipped where there is no CUDA device that knows the
    /// instructions of the limits' capability.</summary>
    /// <param name="persistent">How layers keep their weights on chip; null: as the planner says.</param>
    public static GpuEngine Open(string id, GpuLimits limits, Precision precision = Precision.F32,
        PersistentSchedule? persistent = null)
    {
        if (id == "debug")
            return persistent == null ? new DebugEngine(limits, precision: precision)
                : new DebugEngine(limits, precision: precision) { Persistent = (_, _) => persistent };
        Missing.UnlessCuda();
        if (CudaGpu.List()[0] is { } gpu && gpu.Limits.ComputeCapability < limits.ComputeCapability)
            Assert.Ignore($"{gpu.Name} is older than what the test is for.");
        return CudaEngine.Open(0, limits, 0, precision, profile: false, persistent);
    }
}
