namespace GpuLstm.Runtime.Accelerators;

/// <summary>What a kernel took on its device, all launches together.</summary>
/// <param name="Kernel">By the name of its text.</param>
public sealed record KernelTime(string Kernel, int Launches, double Seconds)
{
    /// <summary>Single launches added up by kernel, the longest first.</summary>
    public static IReadOnlyList<KernelTime> Sum(IEnumerable<(string Kernel, double Seconds)> launches) =>
    [
        .. launches.GroupBy(launch => launch.Kernel)
            .Select(group => new KernelTime(group.Key, group.Count(), group.Sum(launch => launch.Seconds)))
            .OrderByDescending(time => time.Seconds),
    ];
}
