using System.Globalization;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Training.Comparison;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>A comparison of accelerators as a table, as JSON and as a picture.</summary>
public static class ComparisonOutput
{
    /// <summary>A column per accelerator.</summary>
    public static void WriteTable(Terminal terminal, AcceleratorComparison comparison)
    {
        IReadOnlyList<AcceleratorMeasurement> all = comparison.Measured;
        var table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (AcceleratorMeasurement measured in all)
            table.AddColumn(new TableColumn(Markup.Escape(measured.Device)).RightAligned());
        Row("device", m => m.DeviceName);
        Row("samples/s", m => Number(m.SamplesPerSecond, "N0"));
        for (int i = 0; i < all[0].Phases.All.Count; i++)
        {
            int phase = i;
            Row($"{all[0].Phases.All[phase].Name}, ms per step", m => Number(1e3 * m.Phases.All[phase].Seconds, "N3"));
        }
        Row("memory, MB", m => Number(m.MemoryBytes / 1e6, "N1"));
        if (all.Count > 1)
        {
            Difference($"loss, first {AcceleratorComparison.FirstSteps} steps", d => ComparePlot.Small(d.FirstLosses));
            string shared = $"a step from {comparison.Parts} shared states";
            Difference($"loss, {shared}", d => ComparePlot.Small(d.SharedLoss));
            Difference($"gradient, {shared}", d => ComparePlot.Small(d.SharedGradient));
            Difference("  largest in", d => d.WorstParameter ?? "none");
        }
        terminal.Console.Write(table);
        terminal.Line(all.Count > 1
            ? $"Differences are relative, the largest each, from {all[0].Device}."
            : $"{all[0].Device} is the only device: there is nothing to compare it with.");

        foreach (AcceleratorMeasurement measured in all.Where(m => m.Kernels != null))
        {
            terminal.Line($"{measured.Device}, ms per step by kernel:");
            foreach (KernelTime kernel in measured.Kernels!)
                terminal.Line("  " + kernel.Line(measured.Kernels.Sum(k => k.Seconds),
                    AcceleratorComparison.ProfiledSteps));
        }

        void Row(string name, Func<AcceleratorMeasurement, string> cell) =>
            table.AddRow([name, .. all.Select(measured => Markup.Escape(cell(measured)))]);

        void Difference(string name, Func<AcceleratorDifference, string> cell) =>
            table.AddRow([name, "", .. all.Skip(1).Select(measured => cell(measured.Difference))]);
    }

    /// <summary>An array on standard output, an object per accelerator.</summary>
    public static void WriteJson(AcceleratorComparison comparison) => Terminal.WriteJson(comparison.Measured.Select(m =>
        new Entry(m.Device, m.DeviceName, comparison.Recipe.Name, comparison.Data, comparison.Seed, comparison.Steps,
            comparison.Batch, Math.Round(m.SamplesPerSecond, 1),
            m.Phases.All.ToDictionary(phase => phase.Name, phase => Math.Round(1e3 * phase.Seconds, 5)), m.MemoryBytes,
            m.Difference.FirstLosses, m.Difference.SharedLoss, m.Difference.SharedGradient, m.Difference.WorstParameter,
            comparison.Parts, m.Losses, m.Kernels?.ToDictionary(kernel => kernel.Kernel,
                kernel => Math.Round(1e3 * kernel.Seconds / AcceleratorComparison.ProfiledSteps, 5)))));

    public static Figure Draw(AcceleratorComparison comparison)
    {
        IReadOnlyList<AcceleratorMeasurement> all = comparison.Measured;
        string devices = all.Count == 1 ? all[0].Device
            : $"{string.Join(", ", all.SkipLast(1).Select(m => m.Device))} and {all[^1].Device}";
        string summary = $"{comparison.Steps} training steps of {comparison.Batch} samples on {comparison.Data}, "
            + $"seed {comparison.Seed}, from the same initial weights.";
        if (all.Count > 1)
            summary += $" Steps from {comparison.Parts} states along {all[0].Device}'s run differ by at most "
                + $"{ComparePlot.Small(all.Max(m => m.Difference.SharedLoss))} in loss and "
                + $"{ComparePlot.Small(all.Max(m => m.Difference.SharedGradient))} in any gradient.";
        return ComparePlot.Draw($"{comparison.Recipe.Name} on {devices}", summary, all);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>What <c>--json</c> says of an accelerator; the program's options put it into snake_case.</summary>
    private sealed record Entry(
        string Device, string DeviceName, string Recipe, string Data, ulong Seed, int Steps, int BatchSize,
        double SamplesPerSecond, IReadOnlyDictionary<string, double> PhasesMilliseconds, long MemoryBytes,
        double MaxRelativeLossDifferenceFirst10, double MaxRelativeLossDifference, double MaxRelativeGradientDifference,
        string? WorstGradient, int SharedStates, IReadOnlyList<float> Losses,
        IReadOnlyDictionary<string, double>? KernelsMilliseconds);
}
