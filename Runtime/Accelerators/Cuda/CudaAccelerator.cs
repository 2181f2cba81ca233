using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>A GPU behind NVIDIA's driver.</summary>
public sealed class CudaAccelerator : GpuAccelerator
{
    private readonly CudaContext _context;
    private readonly int _number;

    /// <param name="number">Of the device in <see cref="CudaDevice.List"/>.</param>
    /// <param name="limits">To stay below the device's own; null: those.</param>
    /// <exception cref="DeviceException">There is no such device, or it cannot be opened.</exception>
    public CudaAccelerator(int number = 0, GpuLimits? limits = null)
    {
        if (WhyNone is { } why)
            throw new DeviceException(why);
        IReadOnlyList<CudaDevice> devices = CudaDevice.List();
        if (number < 0 || number >= devices.Count)
            throw new DeviceException($"There is no device cuda:{number}; the last one is cuda:{devices.Count - 1}.");
        _number = number;
        Device = devices[number];
        _context = new CudaContext(Device);
        Limits = limits ?? Device.Limits;
    }

    /// <summary>Why no GPU can be used, in a sentence: there is none, or no compiler for it; null if one can.</summary>
    public static string? WhyNone => CudaDevice.WhyNone ?? NvrtcCompiler.WhyNone;

    public CudaDevice Device { get; }

    /// <summary>The device in use, for what only CUDA has.</summary>
    public CudaContext Context => _context;

    public override string Id => $"cuda:{_number}";
    public override string Name => Device.Name;
    public override long MemoryBytes => Device.MemoryBytes;
    public override GpuLimits Limits { get; }
    public override IKernelLauncher Launcher => _context;

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["driver"] = CudaDevice.Driver,
        ["compiler"] = _context.Compiler,
        ["precision"] = PrecisionNames.Of(Precision),
        ["compute_units"] = $"{Device.Limits.ComputeUnits}",
    };

    public override DeviceBuffer<T> Allocate<T>(long length) => new CudaBuffer<T>(_context, length, zeros: true);

    public override DeviceBuffer<T> AllocateWorkspace<T>(long length) =>
        new CudaBuffer<T>(_context, length, zeros: false);

    public override IReplay Record(Action work) => new CudaReplay(_context, work);

    public override ReadBack<T> CreateReadBack<T>(int capacity) => new CudaReadBack<T>(_context, capacity);

    public override IReadOnlyList<KernelTime> Profile(Action work) => _context.Profile(work);

    public override void Synchronize() => _context.Synchronize();

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _context.Dispose();
    }
}
