using System.Globalization;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Accelerators.Cuda;
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
    public const string Names = "auto, cpu, cuda[:n], opencl[:n], debug";

    /// <summary>Opens a device.</summary>
    /// <param name="id"><c>auto</c> takes the best one present, the processor where there is no GPU.</param>
    /// <param name="threads">Of the cpu accelerator; 0: one per processor.</param>
    /// <param name="vectorBits">Of the cpu accelerator; 0: the widest.</param>
    /// <param name="notice">Told why <c>auto</c> passes a GPU by.</param>
    /// <param name="precision">Of the factors of products.</param>
    /// <exception cref="UsageException">There is no such kind of device.</exception>
    /// <exception cref="DeviceException">It is not there, cannot be opened, or lacks the precision.</exception>
    public static Accelerator Open(
        string id, int threads = 0, int vectorBits = 0, Action<string>? notice = null,
        Precision precision = Precision.F32) => id switch
    {
        "auto" => Best(threads, vectorBits, notice, precision),
        "cpu" when precision != Precision.F32 => throw new DeviceException(
            $"The cpu device has no --precision {PrecisionNames.Of(precision)}: that takes a CUDA device."),
        "cpu" => new CpuAccelerator(threads, vectorBits),
        "debug" => new DebugAccelerator { Precision = precision },
        _ when Number(id, "cuda") is { } number => new CudaAccelerator(number) { Precision = precision },
        _ when Number(id, "opencl") is { } number => new OpenClAccelerator(number) { Precision = precision },
        _ => throw new UsageException($"There is no device '{id}': choose one of {Names}."),
    };

    private static Accelerator Best(int threads, int vectorBits, Action<string>? notice, Precision precision)
    {
        if (CudaDevice.WhyNone == null)
            try
            {
                return new CudaAccelerator { Precision = precision };
            }
            catch (DeviceException e) when (precision == Precision.F32)
            {
                notice?.Invoke($"Going on without CUDA. {e.Message}");
            }
        return Open(OpenClDevice.List() is [{ IsGpu: true }, ..] ? "opencl" : "cpu", threads, vectorBits, notice,
            precision);
    }

    /// <summary>The number in kind or kind:n; null if it is another device.</summary>
    private static int? Number(string id, string kind) => id == kind ? 0
        : id.StartsWith(kind + ":", StringComparison.Ordinal)
            && int.TryParse(id.AsSpan(kind.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : null;

    /// <summary>Every device present, without the debugger, which is always there.</summary>
    public static IReadOnlyList<DeviceInfo> List()
    {
        using var cpu = new CpuAccelerator();
        return
        [
            new(cpu.Id, cpu.Name, cpu.Settings),
            .. CudaDevice.List().Select(Describe), .. OpenClDevice.List().Select(Describe),
        ];
    }

    private static DeviceInfo Describe(CudaDevice device, int number) => new(
        $"cuda:{number}", device.Name, new Dictionary<string, string>
        {
            ["driver"] = CudaDevice.Driver,
            ["compute_units"] = $"{device.Limits.ComputeUnits}",
            ["capability"] = $"{device.Limits.ComputeCapability / 10}.{device.Limits.ComputeCapability % 10}",
            ["shared_kb"] = $"{device.Limits.SharedBytes / 1024}",
            ["memory_mb"] = $"{device.MemoryBytes / 1_000_000}",
            ["usable"] = NvrtcCompiler.WhyNone == null ? "yes" : "no, NVRTC is missing",
        });

    private static DeviceInfo Describe(OpenClDevice device, int number) => new(
        $"opencl:{number}", device.Name, new Dictionary<string, string>
        {
            ["platform"] = device.Platform,
            ["driver"] = device.Driver,
            ["compute_units"] = $"{device.ComputeUnits}",
            ["memory_mb"] = $"{device.MemoryBytes / 1_000_000}",
        });
}
