using System.Globalization;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Accelerators.Debug;
using GpuLstm.Runtime.Accelerators.OpenCl;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>A device that could be opened.</summary>
/// <param name="Id">As <c>--device</c> takes it.</param>
public sealed record DeviceInfo(string Id, string Name, IReadOnlyDictionary<string, string> Details);

/// <summary>Finds and opens accelerators by the names that <c>--device</c> takes.</summary>
public static class AcceleratorFactory
{
    /// <summary>What <c>--device</c> may say.</summary>
    public const string Names = "auto, cpu, opencl[:n], debug";

    private const string OpenClPrefix = "opencl";

    /// <summary>Opens a device.</summary>
    /// <param name="id"><c>auto</c> takes the best one present, the processor where there is no GPU.</param>
    /// <param name="threads">Of the cpu accelerator; 0: one per processor.</param>
    /// <param name="vectorBits">Of the cpu accelerator; 0: the widest.</param>
    /// <exception cref="UsageException">There is no such kind of device.</exception>
    /// <exception cref="DeviceException">It is not there, or cannot be opened.</exception>
    public static Accelerator Open(string id, int threads = 0, int vectorBits = 0) => id switch
    {
        "auto" when OpenClDevice.List() is [{ IsGpu: true }, ..] => new OpenClAccelerator(),
        "auto" or "cpu" => new CpuAccelerator(threads, vectorBits),
        "debug" => new DebugAccelerator(),
        OpenClPrefix => new OpenClAccelerator(),
        _ when id.StartsWith(OpenClPrefix + ":", StringComparison.Ordinal)
            && int.TryParse(id.AsSpan(OpenClPrefix.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) =>
            new OpenClAccelerator(number),
        _ => throw new UsageException($"There is no device '{id}': choose one of {Names}."),
    };

    /// <summary>Every device present, without the debugger, which is always there.</summary>
    public static IReadOnlyList<DeviceInfo> List()
    {
        using var cpu = new CpuAccelerator();
        return [new(cpu.Id, cpu.Name, cpu.Settings), .. OpenClDevice.List().Select(Describe)];
    }

    private static DeviceInfo Describe(OpenClDevice device, int number) => new(
        $"{OpenClPrefix}:{number}", device.Name, new Dictionary<string, string>
        {
            ["platform"] = device.Platform,
            ["driver"] = device.Driver,
            ["compute_units"] = $"{device.ComputeUnits}",
            ["memory_mb"] = $"{device.MemoryBytes / 1_000_000}",
        });
}
