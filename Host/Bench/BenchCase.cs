using System.Diagnostics;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Host.Bench;

/// <summary>One thing to time.</summary>
/// <param name="Name">Stays as it is from version to version: results are compared by it.</param>
/// <param name="B">Samples of a step; the rows of a matrix product.</param>
/// <param name="Flops">Operations of a step, a multiply-add counted as two.</param>
/// <param name="Prepare">Allocates on the device and returns the step, and what to free afterwards.</param>
public sealed record BenchCase(string Name, int T, int B, int I, int H, int L, double Flops,
    Func<Engine, BenchStep> Prepare)
{
    /// <summary>Whether it takes a processor seconds: it is left out there, unless asked for by its whole
    /// name.</summary>
    public bool IsLarge => Flops > 1e11;
}

/// <summary>A prepared case.</summary>
/// <param name="Step">Runs one step; on a GPU it may return before the step is done.</param>
public sealed record BenchStep(Action Step, IReadOnlyList<IDisposable> Owned);

/// <summary>How long a case's steps took.</summary>
/// <param name="Spread">Half of the distance between the 10th and the 90th percentile, as a share of the
/// median.</param>
/// <param name="Kernels">What the kernels of <see cref="ProfiledSteps"/> steps took, where that was asked for and the
/// device can tell.</param>
public sealed record BenchResult(
    BenchCase Case, string Device, double MedianSeconds, double Spread, int Steps, DevicePeak? Peak,
    IReadOnlyList<KernelTime>? Kernels)
{
    /// <summary>Steps that a profile is taken of, after the timed ones.</summary>
    public const int ProfiledSteps = 5;

    private const double WarmUpSeconds = 0.3, QueuedSeconds = 0.002;

    public double Gflops => Case.Flops / MedianSeconds / 1e9;

    public double SamplesPerSecond => Case.B / MedianSeconds;

    public double? PercentOfPeak => Peak == null ? null : 100 * Case.Flops / MedianSeconds / Peak.FlopsPerSecond;

    /// <summary>Warms up, then times steps for <paramref name="seconds"/>; with <paramref name="profile"/> also each
    /// kernel. On a device that queues them, so many at a time that waiting for the last does not count.</summary>
    public static BenchResult Measure(BenchCase bench, Engine device, DevicePeak? peak, double seconds,
        bool profile)
    {
        BenchStep prepared = bench.Prepare(device);
        try
        {
            prepared.Step(); // may compile kernels, which no later step does
            device.Synchronize();
            var times = new List<double>();
            int together = 1;
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed.TotalSeconds < WarmUpSeconds + seconds || times.Count < 3)
            {
                long start = Stopwatch.GetTimestamp();
                Repeat(prepared.Step, together);
                device.Synchronize();
                double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (clock.Elapsed.TotalSeconds > WarmUpSeconds)
                    times.Add(elapsed / together);
                else if (device is GpuEngine && elapsed < QueuedSeconds)
                    together *= 2;
            }
            times.Sort();
            double median = times[times.Count / 2];
            double spread = (times[times.Count * 9 / 10] - times[times.Count / 10]) / 2 / median;
            return new(bench, device.Id, median, spread, times.Count * together, peak,
                profile ? device.Profile(() => Repeat(prepared.Step, ProfiledSteps)) : null);
        }
        finally
        {
            foreach (IDisposable owned in prepared.Owned)
                owned.Dispose();
        }
    }

    private static void Repeat(Action step, int times)
    {
        for (int i = 0; i < times; i++)
            step();
    }

    public JsonObject ToJson() => new()
    {
        ["name"] = Case.Name, ["T"] = Case.T, ["B"] = Case.B, ["I"] = Case.I, ["H"] = Case.H, ["L"] = Case.L,
        ["device"] = Device,
        ["samples_per_second"] = Math.Round(SamplesPerSecond, 1),
        ["milliseconds_per_step"] = Math.Round(1e3 * MedianSeconds, 5),
        ["gflops"] = Math.Round(Gflops, 2), ["percent_of_peak"] = PercentOfPeak is { } p ? Math.Round(p, 2) : null,
        ["spread"] = Math.Round(Spread, 4), ["steps"] = Steps,
        ["kernels"] = Kernels == null ? null : new JsonArray([.. Kernels.Select(ToJson)]),
    };

    private static JsonObject ToJson(KernelTime kernel) => new()
    {
        ["name"] = kernel.Kernel, ["launches_per_step"] = (double)kernel.Launches / ProfiledSteps,
        ["milliseconds_per_step"] = Math.Round(1e3 * kernel.Seconds / ProfiledSteps, 5),
    };
}
