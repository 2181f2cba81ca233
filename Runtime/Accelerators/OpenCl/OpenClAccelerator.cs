using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>A device behind an OpenCL 1.2 driver.</summary>
public sealed class OpenClAccelerator : GpuAccelerator
{
    private readonly OpenClContext _context;
    private readonly int _number;

    /// <param name="number">Of the device in <see cref="OpenClDevice.List"/>.</param>
    /// <param name="limits">To stay below the device's own; null: those.</param>
    /// <param name="memoryBytes">What buffers may take in all; 0: what the device has.</param>
    /// <exception cref="DeviceException">There is no such device, or it cannot be opened.</exception>
    public OpenClAccelerator(int number = 0, GpuLimits? limits = null, long memoryBytes = 0)
    {
        if (OpenClDevice.WhyNone is { } why)
            throw new DeviceException(why);
        IReadOnlyList<OpenClDevice> devices = OpenClDevice.List();
        if (number < 0 || number >= devices.Count)
            throw new DeviceException(
                $"There is no device opencl:{number}; the last one is opencl:{devices.Count - 1}.");
        _number = number;
        Device = devices[number];
        _context = new OpenClContext(Device, memoryBytes);
        Limits = limits ?? new GpuLimits(Device.IsGpu, Device.ComputeUnits, Device.MaxGroupSize, Device.SharedBytes);
    }

    public OpenClDevice Device { get; }

    public override string Id => $"opencl:{_number}";
    public override string Name => Device.Name;
    public override long MemoryBytes => _context.Memory.TotalBytes;
    public override long LargestBufferBytes => Math.Min(MemoryBytes, Device.MaxBufferBytes);
    public override GpuLimits Limits { get; }
    public override IKernelLauncher Launcher => _context;

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["platform"] = Device.Platform,
        ["driver"] = Device.Driver,
        ["compute_units"] = $"{Device.ComputeUnits}",
    };

    public override DeviceBuffer<T> Allocate<T>(long length) => new OpenClBuffer<T>(_context, length, zeros: true);

    public override DeviceBuffer<T> AllocateWorkspace<T>(long length) =>
        new OpenClBuffer<T>(_context, length, zeros: false);

    public override IReadOnlyList<KernelTime> Profile(Action work) => _context.Profile(work);

    public override void Synchronize() => _context.Synchronize();

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _context.Dispose();
    }
}
