using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>An OpenCL device as ILGPU describes it, usable or not.</summary>
public sealed class OpenClDevice
{
    private OpenClDevice(CLDevice device)
    {
        Device = device;
        Name = device.Name.Trim('\0', ' ');
        IsGpu = device.DeviceType == CLDeviceType.CL_DEVICE_TYPE_GPU;
        Driver = $"{device.DeviceVersion}, "
            + CLAPI.CurrentAPI.GetDeviceInfo(device.DeviceId, CLDeviceInfoType.CL_DRIVER_VERSION).Trim('\0', ' ');
        LargestBufferBytes = CLAPI.CurrentAPI.GetDeviceInfo<long>(
            device.DeviceId, CLDeviceInfoType.CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    }

    /// <summary>Told of every device that a driver lists: oclgrind, which checks the kernels in CI, can do more than it
    /// says.</summary>
    internal static Action<CLDevice> Found { get; set; } = _ => { };

    public CLDevice Device { get; }

    public string Name { get; }

    /// <summary>Not a processor behind OpenCL.</summary>
    public bool IsGpu { get; }

    /// <summary>OpenCL's version and the driver's.</summary>
    public string Driver { get; }

    public long LargestBufferBytes { get; }

    /// <summary>Why ILGPU does not take the device, and what helps; null where it does.</summary>
    public string? WhyRefused => Device.Capabilities.GenericAddressSpace ? null
        : $"its driver ({Device.PlatformName}, OpenCL {Device.DeviceVersion}) has no generic address space, which "
            + "ILGPU needs; a newer driver has it (PoCL from 4.0 on, all current GPU drivers).";

    /// <summary>Why there is no device at all, in a sentence; null if there is one.</summary>
    public static string? WhyNone => !NativeLibraries.HasOpenCl
        ? "No OpenCL loader is installed (libOpenCL.so.1, OpenCL.dll or the macOS framework)."
        : List().Count == 0 ? "The OpenCL loader finds no device; install the driver of your GPU, or PoCL." : null;

    private static bool All(CLDevice device)
    {
        Found(device);
        return true;
    }

    /// <summary>Whether a device that ILGPU lists is this one.</summary>
    internal bool Is(CLDevice device) => All(device) && device.DeviceId == Device.DeviceId;

    /// <summary>Every device of every platform: those that can be used first, and GPUs before others.</summary>
    public static IReadOnlyList<OpenClDevice> List()
    {
        NativeLibraries.Register();
        return
        [
            .. CLDevice.GetDevices(All).Cast<CLDevice>().Select(device => new OpenClDevice(device))
                .OrderBy(device => (device.WhyRefused == null ? 0 : 2) + (device.IsGpu ? 0 : 1)),
        ];
    }
}
