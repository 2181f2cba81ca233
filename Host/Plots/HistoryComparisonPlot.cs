using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots;

/// <summary>A run and what it recorded.</summary>
/// <param name="TestData">Tells test sets apart: results on different ones are no contest.</param>
public sealed record NamedHistory(string Name, TrainingHistory History, string TestData = "");

/// <summary>The test set's loss or accuracy over the epochs of several runs.</summary>
public static class HistoryComparisonPlot
{
    private const double Height = 330;

    public static Figure DrawLoss(IReadOnlyList<NamedHistory> runs)
    {
        double[] values = Values(runs, test => test.Loss);
        bool isWide = values.Length > 0 && values.Min() > 0 && values.Max() / values.Min() > LossPlot.LogarithmicFrom;
        Axis axis = Axis.Over(isWide ? "cross-entropy (logarithmic)" : "cross-entropy", values, logarithmic: isWide);
        return Draw("Test loss", "lowest", runs, axis, test => test.Loss, -1, loss => $"{loss:0.0000}");
    }

    public static Figure DrawAccuracy(IReadOnlyList<NamedHistory> runs)
    {
        Axis axis = Axis.Over("accuracy", Values(runs, test => test.Accuracy), Unit.Percent);
        Axis upToAll = axis with { Max = Math.Min(1, axis.Max) };
        return Draw("Test accuracy", "highest", runs, upToAll, test => test.Accuracy, 1,
            share => Ticks.Percent(share, 0.0001));
    }

    /// <param name="sign">1 where more is better, -1 where less is.</param>
    private static Figure Draw(string title, string superlative, IReadOnlyList<NamedHistory> runs, Axis y,
        Func<HistoryPoint, double> value, int sign, Func<double, string> label)
    {
        var series = new List<Series>();
        foreach ((NamedHistory run, int i) in runs.Select((run, i) => (run, i)))
        {
            (Ink ink, Dash dash) = Palette.Series(i);
            Point[] points = [.. run.History.Tests.Select(test => new Point(Epoch(run, test), value(test)))];
            string last = points.Length == 0 ? "not evaluated" : label(points[^1].Y);
            series.Add(new LineSeries(run.Name, points, Style.Line(ink, 1.8, dash)) { HasMarkers = true, Note = last });
        }
        double end = runs.SelectMany(run => run.History.Tests, Epoch).DefaultIfEmpty(1).Max();
        var chart = new Chart(new Axis("epoch", 0, end), y, series);
        NamedHistory? best = runs.Where(run => run.History.Tests.Count > 0 && double.IsFinite(Last(run)))
            .MaxBy(run => sign * Last(run));
        string summary = best is null
            ? "No run was evaluated on its test set."
            : runs.Select(run => run.TestData).Distinct().Count() > 1
            ? "The runs were evaluated on different test data: their values do not compare."
            : $"At the end, the {superlative} is {label(Last(best))}: {best.Name}.";

        return new Figure(title, summary, Height + Legend.Height(series, Figure.ContentWidth), (canvas, content) =>
        {
            double legend = Legend.Draw(canvas, content, series) + 6;
            chart.Draw(canvas, content.Inset(0, legend, 0, 0));
        });

        double Last(NamedHistory run) => value(run.History.Tests[^1]);
    }

    private static double Epoch(NamedHistory run, HistoryPoint test) => (double)test.Step / run.History.StepsPerEpoch;

    private static double[] Values(IReadOnlyList<NamedHistory> runs, Func<HistoryPoint, double> value) =>
        [.. runs.SelectMany(run => run.History.Tests).Select(value).Where(double.IsFinite)];
}
