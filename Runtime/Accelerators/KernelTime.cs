using System.Globalization;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>What a kernel took on its device, all launches together.</summary>
/// <param name="Kernel">Its name in the table of kernels.</param>
public sealed record KernelTime(string Kernel, int Launches, double Seconds)
{
    /// <summary>For people: milliseconds per step, share of the total, launches per step.</summary>
    /// <param name="total">Seconds of all kernels.</param>
    /// <param name="steps">That were timed.</param>
    public string Line(double total, int steps) => string.Create(CultureInfo.InvariantCulture,
        $"{Kernel,-56}{1e3 * Seconds / steps,10:F3}{Seconds / total,9:P0}{(double)Launches / steps,8:0.#} launches");

    /// <summary>Single launches added up by kernel, the longest first.</summary>
    public static IReadOnlyList<KernelTime> Sum(IEnumerable<(string Kernel, double Seconds)> launches) =>
    [
        .. launches.GroupBy(launch => launch.Kernel)
            .Select(group => new KernelTime(group.Key, group.Count(), group.Sum(launch => launch.Seconds)))
            .OrderByDescending(time => time.Seconds),
    ];
}
