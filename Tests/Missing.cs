using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Tests;

/// <summary>What a machine may lack: a test without it is skipped, and fails in CI, which must have it.</summary>
internal static class Missing
{
    /// <summary>Ends the test.</summary>
    /// <param name="why">In a sentence.</param>
    public static void Device(string why)
    {
        // CI runs the tests twice: with a PoCL that ILGPU takes, and before that on the system as it is.
        if (Environment.GetEnvironmentVariable("GPULSTM_NEEDS_OPENCL") == "true")
            Assert.Fail($"CI must have an OpenCL device: {why}");
        Assert.Ignore($"No OpenCL device here: {why}");
    }

    /// <summary>Goes on where there is an OpenCL device that can be used.</summary>
    public static void UnlessOpenCl()
    {
        string? why = OpenClDevice.WhyNone ?? OpenClDevice.List()[0].WhyRefused;
        if (why != null)
            Device(why);
    }
}
