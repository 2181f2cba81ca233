using System.Globalization;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>A device that could be opened.</summary>
/// <param name="Id">As <c>--device</c> takes it.</param>
public sealed record DeviceInfo(string Id, string Name, IReadOnlyDictionary<string, string> Details);

/// <summary>Finds and opens engines by the names that <c>--device</c> takes.</summary>
public static class EngineFactory
{
    /// <summary>What <c>--device</c> may say.</summary>
    public const string Names = "auto, cpu, cuda[:n], opencl[:n], debug";

    /// <summary>Opens a device.</summary>
    /// <param name="id"><c>auto</c> takes the first CUDA GPU, else the first OpenCL GPU, else the processor.</param>
    /// <param name="threads">Of the cpu engine; 0: one per processor.</param>
    /// <param name="vectorBits">Of the cpu engine; 0: the widest.</param>
    /// <param name="notice">Told why <c>auto</c> passes a GPU by.</param>
    /// <param name="precision">Of the factors of products.</param>
    /// <param name="profile">Whether kernels can be timed.</param>
    /// <exception cref="UsageException">There is no such kind of device.</exception>
    /// <exception cref="DeviceException">It is not there, cannot be opened, or lacks the precision.</exception>
    public static Engine Open(
        string id, int threads = 0, int vectorBits = 0, Action<string>? notice = null,
        Precision precision = Precision.F32, bool profile = false) => id switch
    {
        "auto" => Best(threads, vectorBits, notice, precision, profile),
        _ when Number(id, "cuda") is { } number =>
            CudaEngine.Open(number, precision: precision, profile: profile),
        _ when precision != Precision.F32 => throw new DeviceException(
            $"The {id} device has no --precision {PrecisionNames.Of(precision)}: that takes a CUDA device."),
        "cpu" => new CpuEngine(threads, vectorBits),
        "debug" => new DebugEngine(profile: profile),
        _ when Number(id, "opencl") is { } number => OpenClEngine.Open(number, profile: profile),
        _ => throw new UsageException($"There is no device '{id}': choose one of {Names}."),
    };

    private static Engine Best(
        int threads, int vectorBits, Action<string>? notice, Precision precision, bool profile)
    {
        if (CudaGpu.WhyNone == null)
            try
            {
                return CudaEngine.Open(precision: precision, profile: profile);
            }
            catch (DeviceException e) when (precision == Precision.F32)
            {
                notice?.Invoke($"Going on without CUDA. {e.Message}");
            }
        if (OpenClDevice.List() is [{ IsGpu: true } gpu, ..])
            if (gpu.WhyRefused is { } why)
                notice?.Invoke($"Going on without {gpu.Name}: {why}");
            else
                return Open("opencl", threads, vectorBits, notice, precision, profile);
        return Open("cpu", threads, vectorBits, notice, precision, profile);
    }

    /// <summary>The number in kind or kind:n; null if it is another device.</summary>
    private static int? Number(string id, string kind) => id == kind ? 0
        : id.StartsWith(kind + ":", StringComparison.Ordinal)
            && int.TryParse(id.AsSpan(kind.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : null;

    /// <summary>Every device present, usable or not, without the debugger, which is always there.</summary>
    public static IReadOnlyList<DeviceInfo> List()
    {
        using var cpu = new CpuEngine();
        return
        [
            new(cpu.Id, cpu.Name, cpu.Settings),
            .. CudaGpu.List().Select(Describe), .. OpenClDevice.List().Select(Describe),
        ];
    }

    private static DeviceInfo Describe(CudaGpu gpu, int number) => new(
        $"cuda:{number}", gpu.Name, new Dictionary<string, string>
        {
            ["driver"] = CudaGpu.Driver,
            ["compute_units"] = $"{gpu.Limits.ComputeUnits}",
            ["capability"] = $"{gpu.Limits.ComputeCapability / 10}.{gpu.Limits.ComputeCapability % 10}",
            ["shared_kb"] = $"{gpu.Limits.SharedBytes / 1024}",
            ["memory_mb"] = $"{gpu.Device.MemorySize / 1_000_000}",
            ["usable"] = gpu.WhyRefused is { } why ? $"no: {why}" : "yes",
        });

    private static DeviceInfo Describe(OpenClDevice device, int number) => new(
        $"opencl:{number}", device.Name, new Dictionary<string, string>
        {
            ["platform"] = device.Device.PlatformName,
            ["driver"] = device.Driver,
            ["compute_units"] = $"{device.Device.NumMultiprocessors}",
            ["memory_mb"] = $"{device.Device.MemorySize / 1_000_000}",
            ["usable"] = device.WhyRefused is { } why ? $"no: {why}" : "yes",
        });
}
