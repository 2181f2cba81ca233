using GpuLstm.Runtime.Accelerators.Cpu;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>A device that could be opened.</summary>
/// <param name="Id">As <c>--device</c> takes it.</param>
public sealed record DeviceInfo(string Id, string Name, IReadOnlyDictionary<string, string> Details);

/// <summary>Finds and opens accelerators by the names that <c>--device</c> takes.</summary>
public static class AcceleratorFactory
{
    /// <summary>What <c>--device</c> may say.</summary>
    public const string Names = "auto, cpu";

    /// <summary>Opens a device.</summary>
    /// <param name="id"><c>auto</c> takes the best one present, the processor where there is no GPU.</param>
    /// <param name="threads">Of the cpu accelerator; 0: one per processor.</param>
    /// <param name="vectorBits">Of the cpu accelerator; 0: the widest.</param>
    /// <exception cref="UsageException">There is no such kind of device.</exception>
    public static Accelerator Open(string id, int threads = 0, int vectorBits = 0) => id switch
    {
        "auto" or "cpu" => new CpuAccelerator(threads, vectorBits),
        _ => throw new UsageException($"There is no device '{id}': choose one of {Names}."),
    };

    /// <summary>Every device present.</summary>
    public static IReadOnlyList<DeviceInfo> List()
    {
        using var cpu = new CpuAccelerator();
        return [new(cpu.Id, cpu.Name, cpu.Settings)];
    }
}
