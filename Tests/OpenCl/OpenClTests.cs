using GpuLstm.Runtime.Accelerators.OpenCl;
using GpuLstm.Tests.KernelCompiler;

namespace GpuLstm.Tests.OpenCl;

/// <summary>Tests of the first OpenCL device; skipped, or failed in CI, where there is none.</summary>
public abstract class OpenClTests
{
    protected OpenClDevice Device { get; private set; } = null!;

    [OneTimeSetUp]
    public void FindDevice()
    {
        if (OpenClDevice.WhyNone is { } why)
            Toolchain.Missing(why);
        Device = OpenClDevice.List()[0];
    }
}
