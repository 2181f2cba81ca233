using System.Globalization;
using GpuLstm.Kernels;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>A device behind an OpenCL driver, with an ILGPU context of its own.</summary>
public sealed class OpenClEngine : GpuEngine
{
    private readonly OpenClDevice _device;
    private readonly int _number;

    private OpenClEngine(OpenClDevice device, int number, CLAccelerator accelerator, GpuLimits? limits,
        long memoryBytes)
        : base(accelerator, null, limits, memoryBytes) => (_device, _number) = (device, number);

    /// <param name="number">Of the device in <see cref="OpenClDevice.List"/>.</param>
    /// <param name="limits">To stay below the device's own; null: those.</param>
    /// <param name="memoryBytes">What buffers may take in all; 0: what the device has.</param>
    /// <param name="profile">Whether kernels can be timed, which makes each a little slower.</param>
    /// <exception cref="DeviceException">There is no such device, or it cannot be opened.</exception>
    public static OpenClEngine Open(int number = 0, GpuLimits? limits = null, long memoryBytes = 0,
        bool profile = false)
    {
        if (OpenClDevice.WhyNone is { } why)
            throw new DeviceException(why);
        IReadOnlyList<OpenClDevice> devices = OpenClDevice.List();
        if (number < 0 || number >= devices.Count)
            throw new DeviceException(
                $"There is no device opencl:{number}; the last one is opencl:{devices.Count - 1}.");
        OpenClDevice device = devices[number];
        if (device.WhyRefused is { } refused)
            throw new DeviceException($"{device.Name} cannot be used: {refused}");
        Context context = Context.Create(builder =>
        {
            builder.OpenCL(device.Is).LstmKernels();
            if (profile)
                builder.Profiling();
        });
        try
        {
            return new(device, number, context.CreateCLAccelerator(0), limits, memoryBytes);
        }
        catch (Exception e) when (e is AcceleratorException or ArgumentOutOfRangeException)
        {
            context.Dispose();
            throw new DeviceException($"{device.Name} could not be opened: {e.Message}", e);
        }
    }

    public override string Id => string.Create(CultureInfo.InvariantCulture, $"opencl:{_number}");

    public override string Name => _device.Name;

    public override long LargestBufferBytes => Math.Min(MemoryBytes, _device.LargestBufferBytes);

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["platform"] = _device.Device.PlatformName,
        ["driver"] = _device.Driver,
        ["compute_units"] = $"{_device.Device.NumMultiprocessors}",
    };

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Context context = Accelerator.Context;
        Accelerator.Dispose();
        context.Dispose();
    }
}
