using System.Text;
using static GpuLstm.Runtime.Accelerators.OpenCl.OpenClApi;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>An OpenCL device as its driver describes it.</summary>
/// <param name="Handle">Its <c>cl_device_id</c>.</param>
/// <param name="Name">As the driver spells it.</param>
/// <param name="Platform">The driver.</param>
/// <param name="Driver">The driver's version.</param>
/// <param name="IsGpu">Not a CPU behind OpenCL.</param>
/// <param name="ComputeUnits">Processors.</param>
/// <param name="MaxGroupSize">Items of the largest group.</param>
/// <param name="MemoryBytes">Global memory.</param>
/// <param name="MaxBufferBytes">The largest single buffer.</param>
/// <param name="SharedBytes">Local memory of a group.</param>
/// <param name="HasDouble">Whether it computes in double precision.</param>
/// <param name="SharesHostMemory">Whether its memory is the host's.</param>
public sealed record OpenClDevice(
    nint Handle, string Name, string Platform, string Driver, bool IsGpu, int ComputeUnits, int MaxGroupSize,
    long MemoryBytes, long MaxBufferBytes, long SharedBytes, bool HasDouble, bool SharesHostMemory)
{
    /// <summary>Why there is no device, in a sentence; null if there is one.</summary>
    public static string? WhyNone => !NativeLibraries.Exists(Library)
        ? "No OpenCL loader is installed (libOpenCL.so.1, OpenCL.dll or the macOS framework)."
        : List().Count == 0 ? "The OpenCL loader finds no device; install the driver of your GPU, or PoCL." : null;

    /// <summary>Every device of every platform, GPUs first.</summary>
    public static unsafe IReadOnlyList<OpenClDevice> List()
    {
        if (!NativeLibraries.Exists(Library))
            return [];
        uint count = 0;
        if (clGetPlatformIDs(0, null, &count) != 0 || count == 0) // the loader says so when there is no platform
            return [];
        nint[] platforms = new nint[count];
        fixed (nint* first = platforms)
            OpenClError.Check(clGetPlatformIDs(count, first, null), nameof(clGetPlatformIDs), "the OpenCL loader");
        return [.. platforms.SelectMany(Devices).OrderBy(device => device.IsGpu ? 0 : 1)];
    }

    private static unsafe IEnumerable<OpenClDevice> Devices(nint platform)
    {
        uint count = 0;
        int code = clGetDeviceIDs(platform, DeviceTypeAll, 0, null, &count);
        if (code == DeviceNotFound || count == 0)
            return [];
        string name = Text((size, value, needed) => clGetPlatformInfo(platform, PlatformName, size, value, needed));
        OpenClError.Check(code, nameof(clGetDeviceIDs), name);
        nint[] handles = new nint[count];
        fixed (nint* first = handles)
            OpenClError.Check(clGetDeviceIDs(platform, DeviceTypeAll, count, first, null), nameof(clGetDeviceIDs),
                name);
        return handles.Select(handle => Describe(handle, name)).ToList();
    }

    private static OpenClDevice Describe(nint device, string platform) => new(
        device,
        Text(device, OpenClApi.DeviceName),
        platform,
        $"{Text(device, DeviceVersion)}, {Text(device, DriverVersion)}",
        (Number<ulong>(device, DeviceType) & DeviceTypeGpu) != 0,
        Number<int>(device, DeviceMaxComputeUnits),
        (int)Number<nint>(device, DeviceMaxWorkGroupSize),
        Number<long>(device, DeviceGlobalMemorySize),
        Number<long>(device, DeviceMaxAllocationSize),
        Number<long>(device, DeviceLocalMemorySize),
        Number<ulong>(device, DeviceDoubleConfig) != 0,
        Number<uint>(device, DeviceHostUnifiedMemory) != 0);

    private static unsafe T Number<T>(nint device, uint name) where T : unmanaged
    {
        T value = default;
        OpenClError.Check(
            clGetDeviceInfo(device, name, (nuint)sizeof(T), &value, null), nameof(clGetDeviceInfo), "an OpenCL device");
        return value;
    }

    private static unsafe string Text(nint device, uint name) =>
        Text((size, value, needed) => clGetDeviceInfo(device, name, size, value, needed));

    private unsafe delegate int Query(nuint size, void* value, nuint* needed);

    private static unsafe string Text(Query query)
    {
        nuint size = 0;
        OpenClError.Check(query(0, null, &size), "clGetInfo", "an OpenCL device");
        byte[] bytes = new byte[size];
        fixed (byte* first = bytes)
            OpenClError.Check(query(size, first, null), "clGetInfo", "an OpenCL device");
        return Encoding.UTF8.GetString(bytes).TrimEnd('\0').Trim();
    }
}
