using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Runtime.Accelerators.Debug;

/// <summary>The kernels' C# itself, one item at a time: every index checked, breakpoints wherever they are set. For
/// small shapes.</summary>
/// <param name="limits">The device to stand for; null: a middling GPU, so that launches take the shapes they take
/// there.</param>
public sealed class DebugAccelerator(GpuLimits? limits = null) : GpuAccelerator
{
    private readonly DebugLauncher _launcher = new();

    public override string Id => "debug";
    public override string Name => "the kernels' C#, item by item";
    public override long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    public override IKernelLauncher Launcher => _launcher;
    public override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>();

    public override GpuLimits Limits { get; } = limits
        ?? new(IsGpu: true, ComputeUnits: 16, MaxGroupSize: 256, SharedBytes: 48 * 1024);

    public override DeviceBuffer<T> Allocate<T>(long length) => new DebugBuffer<T>(length, zeros: true);

    public override DeviceBuffer<T> AllocateWorkspace<T>(long length) => new DebugBuffer<T>(length, zeros: false);

    public override DevicePeak? MeasurePeak() => null; // a debugger has no speed

    public override void Synchronize() { } // launches return when they are done

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _launcher.Dispose();
    }
}

/// <summary>Host memory.</summary>
internal sealed class DebugBuffer<T> : DeviceBuffer<T>, IKernelBuffer where T : unmanaged
{
    private readonly HostMemory<T> _memory;

    public DebugBuffer(long length, bool zeros) : base(length)
    {
        _memory = new HostMemory<T>(length); // of NaN
        if (zeros)
            _memory.View.AsSpan().Clear();
    }

    public nint Handle => _memory.Handle;
    public nint HostAddress => _memory.HostAddress;

    public override void CopyFrom(long offset, ReadOnlySpan<T> values) =>
        values.CopyTo(_memory.View.SubView(offset, values.Length).AsSpan());

    public override void CopyTo(long offset, Span<T> values) =>
        _memory.View.SubView(offset, values.Length).AsSpan().CopyTo(values);

    protected override void Dispose(bool disposing) => _memory.Dispose();
}
