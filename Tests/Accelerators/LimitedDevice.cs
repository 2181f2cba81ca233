using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.Debug;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The debugger, or the first CUDA device, said to have certain limits, so that planners choose what a test is
/// for.</summary>
internal static class LimitedDevice
{
    /// <summary>Opens <c>debug</c> or <c>cuda</c>; the test is skipped where there is no CUDA device that knows the
    /// words of the limits' capability.</summary>
    public static GpuAccelerator Open(string id, GpuLimits limits, Precision precision = Precision.F32)
    {
        if (id == "debug")
            return new DebugAccelerator(limits) { Precision = precision };
        if (CudaDevice.WhyNone is { } why)
            Assert.Ignore(why);
        CudaDevice device = CudaDevice.List()[0];
        if (device.Limits.ComputeCapability < limits.ComputeCapability)
            Assert.Ignore($"{device.Name} is older than what the test is for.");
        return new CudaAccelerator(0, limits) { Precision = precision };
    }
}
