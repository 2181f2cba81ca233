using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Tests;

/// <summary>What a machine may lack: a test without it is skipped, and fails in CI, which must have it.</summary>
internal static class Missing
{
    /// <summary>Ends the test.</summary>
    /// <param name="kind">opencl or cuda.</param>
    /// <param name="why">In a sentence.</param>
    public static void Device(string kind, string why)
    {
        // CI runs the tests of each on a driver of its own, and before that all on the system as it is.
        if (Environment.GetEnvironmentVariable($"GPULSTM_NEEDS_{kind.ToUpperInvariant()}") == "true")
            Assert.Fail($"CI must have a device {kind}: {why}");
        Assert.Ignore($"No device {kind} here: {why}");
    }

    /// <summary>Goes on where there is an OpenCL device that can be used.</summary>
    public static void UnlessOpenCl()
    {
        string? why = OpenClDevice.WhyNone ?? OpenClDevice.List()[0].WhyRefused;
        if (why != null)
            Device("opencl", why);
    }

    /// <summary>Goes on where there is a CUDA device that can be used.</summary>
    public static void UnlessCuda()
    {
        string? why = CudaGpu.WhyNone ?? CudaGpu.List()[0].WhyRefused;
        if (why != null)
            Device("cuda", why);
    }
}
