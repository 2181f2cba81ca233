using GpuLstm.Kernels;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>The kernels' C# itself on ILGPU's CPU accelerator, a thread for each item of a group: breakpoints wherever
/// they are set, every index checked. For small shapes.</summary>
public sealed class DebugEngine : GpuEngine
{
    private static readonly CPUDevice s_device = // a middling GPU, so that launches take the shapes they take there
        new(numThreadsPerWarp: 32, numWarpsPerMultiprocessor: 8, numMultiprocessors: 1);

    private static readonly GpuLimits s_limits = new(IsGpu: true, ComputeUnits: 16, MaxGroupSize: 256,
        SharedBytes: 48 * 1024);

    /// <param name="limits">The device to stand for; null: a middling GPU.</param>
    /// <param name="profile">Whether kernels can be timed.</param>
    /// <param name="precision">Of the factors of products, where the limits are those of a GPU with tensor
    /// cores.</param>
    public DebugEngine(GpuLimits? limits = null, bool profile = false, Precision precision = Precision.F32)
        : this(s_device, limits ?? s_limits, profile, precision)
    {
    }

    /// <param name="device">The threads to run on; a multiprocessor runs a group at a time.</param>
    /// <param name="limits">The device to stand for.</param>
    /// <param name="profile">Whether kernels can be timed.</param>
    /// <param name="precision">Of the factors of products.</param>
    internal DebugEngine(CPUDevice device, GpuLimits limits, bool profile, Precision precision)
        : base(Create(device, profile), limits: limits,
            memoryBytes: GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, precision: precision)
    {
    }

    private static CPUAccelerator Create(CPUDevice device, bool profile)
    {
        NativeLibraries.Register();
        KernelFaults.Catch();
        return device.CreateCPUAccelerator(Context.Create(builder =>
        {
            builder.LstmKernels();
            if (profile)
                builder.Profiling();
        }));
    }

    public override string Id => "debug";

    public override string Name => "the kernels' C#, item by item";

    /// <summary>Of NaN, so that what is read before it is written shows.</summary>
    public override MemoryBuffer1D<T, Stride1D.Dense> AllocateWorkspace<T>(long length)
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = base.AllocateWorkspace<T>(length);
        buffer.MemSet(Stream, 0xFF);
        return buffer;
    }

    public override DevicePeak? MeasurePeak() => null; // a debugger has no speed

    /// <summary>What went wrong in a kernel; its accelerator has then lost a thread, and runs no other.</summary>
    internal string? Fault { get; set; }

    internal override void CheckFaults()
    {
        if (Fault != null)
            throw new KernelFaultException($"The kernel {Launchers.Last} failed on the debug device: {Fault}.");
        KernelFaults.Launching(this);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Context context = Accelerator.Context;
        Accelerator.Dispose();
        context.Dispose();
    }
}
