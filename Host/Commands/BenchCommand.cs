using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using GpuLstm.Host.Bench;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm bench</c>: how fast the operations run, and how near to the device's ceiling.</summary>
public static class BenchCommand
{
    public static Command Create()
    {
        var command = new Command("bench", "Times LSTM layers, whole training steps and matrix products on a device.");
        var filter = new Option<string>("--filter")
        {
            Description = "Only names that start so: lstm, train/lstm128, matmul/1024.", DefaultValueFactory = _ => "",
            HelpName = "PREFIX",
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Time for each case.", DefaultValueFactory = _ => 1, HelpName = "S",
        };
        var profile = new Option<bool>("--profile")
        {
            Description = "Also the time of each kernel, on a device that can tell.",
        };
        var common = new CommonOptions();
        command.Options.Add(filter);
        command.Options.Add(seconds);
        command.Options.Add(profile);
        common.AddDeviceTo(command);
        command.Options.Add(common.Json);
        command.SetAction((parsed, cancel) => Task.FromResult(
            Run(common, parsed, parsed.GetValue(filter)!, parsed.GetValue(seconds), parsed.GetValue(profile), cancel)));
        return HelpWithExamples.WithExamples(command, """
            gpulstm bench
            gpulstm bench --filter lstm/ --threads 1
            gpulstm bench --filter matmul/1024 --vector-bits 256 --json
            gpulstm bench --filter lstm/ --device opencl --profile
            """);
    }

    private static int Run(
        CommonOptions common, ParseResult parsed, string filter, double seconds, bool profile, CancellationToken cancel)
    {
        if (!(seconds is > 0 and <= 3600))
            throw new UsageException($"--seconds must be above 0 and at most 3600; it is {seconds}.");
        BenchCase[] cases = [.. BenchSuite.All.Where(c => c.Name.StartsWith(filter, StringComparison.Ordinal))];
        if (cases.Length == 0)
        {
            IEnumerable<string> kinds = BenchSuite.All.Select(c => c.Name.Split('/')[0]).Distinct();
            throw new UsageException(
                $"No case starts with '{filter}'; names look like {string.Join(", ", kinds.Select(n => n + "/..."))}.");
        }
        bool json = parsed.GetValue(common.Json);
        var terminal = new Terminal(json);
        using Engine device = common.OpenDevice(parsed, profile);
        if (device is not GpuEngine { Limits.IsGpu: true })
            cases = [.. cases.Where(bench => !bench.IsLarge || bench.Name == filter)];
        DevicePeak? peak = device.MeasurePeak();
        terminal.Line(
            $"{device.Id}: {device.Name}, {string.Join(", ", device.Settings.Select(s => $"{s.Key} {s.Value}"))}");
        if (peak != null)
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"measured peak: {peak.FlopsPerSecond / 1e9:F0} GFLOP/s, copy {peak.BytesPerSecond / 1e9:F1} GB/s"));
        terminal.Line($"{"case",-30}{"ms/step",10}{"spread",9}{"samples/s",12}{"GFLOP/s",10}{"of peak",9}");
        var rows = new JsonArray();
        foreach (BenchCase bench in cases)
        {
            cancel.ThrowIfCancellationRequested();
            BenchResult result = BenchResult.Measure(bench, device, peak, seconds, profile);
            rows.Add(result.ToJson());
            string share = result.PercentOfPeak is { } p
                ? string.Create(CultureInfo.InvariantCulture, $"{p:F0} %") : "";
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"{bench.Name,-30}{1e3 * result.MedianSeconds,10:F3}{result.Spread,9:P0}"
                + $"{result.SamplesPerSecond,12:N0}{result.Gflops,10:F0}{share,9}"));
            WriteKernels(terminal, result);
        }
        if (json)
            Console.Out.WriteLine(rows.ToJsonString(Terminal.IndentedJson));
        return CommandLine.Done;
    }

    private static void WriteKernels(Terminal terminal, BenchResult result)
    {
        double total = result.Kernels?.Sum(kernel => kernel.Seconds) ?? 0;
        foreach (KernelTime kernel in result.Kernels ?? [])
            terminal.Line("  " + kernel.Line(total, BenchResult.ProfiledSteps));
    }
}
