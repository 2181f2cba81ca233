using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots;

/// <summary>The test set's loss or accuracy over the epochs of runs that differ in their seed: each run, their mean,
/// and a band of one standard deviation around it.</summary>
public static class SeedsPlot
{
    private const double Height = 330;
    private const double Fine = 0.0001;

    /// <param name="runs">At least two.</param>
    public static Figure DrawLoss(IReadOnlyList<NamedHistory> runs) =>
        Draw("Test loss", "cross-entropy", runs, test => test.Loss, Unit.Number, value => $"{value:0.0000}");

    /// <inheritdoc cref="DrawLoss"/>
    public static Figure DrawAccuracy(IReadOnlyList<NamedHistory> runs) =>
        Draw("Test accuracy", "accuracy", runs, test => test.Accuracy, Unit.Percent,
            value => Ticks.Percent(value, Fine));

    private static Figure Draw(string title, string axis, IReadOnlyList<NamedHistory> runs,
        Func<HistoryPoint, double> value, Unit unit, Func<double, string> label)
    {
        Point[][] lines = [.. runs.Select(run => run.History.Tests
            .Select(test => new Point((double)test.Step / run.History.StepsPerEpoch, value(test))).ToArray())];
        // Of epochs that every run has: a mean over others would jump where one ends.
        (double X, double[] Values)[] common =
        [
            .. lines[0].Select(point => (point.X, (double[])
                [
                    .. lines.SelectMany(line => line.Where(other => other.X == point.X).Take(1))
                        .Select(other => other.Y),
                ]))
                .Where(epoch => epoch.Item2.Length == lines.Length),
        ];
        Point[] Shifted(double deviations) => [.. common.Select(epoch => new Point(
            epoch.X, epoch.Values.Average() + deviations * Statistics.Deviation(epoch.Values)))];

        Series[] series =
        [
            new BandSeries("one standard deviation", Shifted(-1), Shifted(1), Style.Filled(Ink.Blue, 0.22)),
            .. lines.Select((line, i) => new LineSeries(
                i == 0 ? "single runs" : null, line, Style.Line(Ink.Muted, 1, opacity: 0.6))),
            new LineSeries("mean", Shifted(0), Style.Line(Ink.Blue, 2.2)) { HasMarkers = true },
        ];
        double end = lines.SelectMany(line => line).Select(point => point.X).DefaultIfEmpty(1).Max();
        Axis y = Axis.Over(axis, lines.SelectMany(line => line).Concat(Shifted(-1)).Concat(Shifted(1))
            .Select(point => point.Y), unit);
        var chart = new Chart(new Axis("epoch", 0, end), unit == Unit.Percent ? y with { Max = Math.Min(1, y.Max) } : y,
            series);
        string summary = common.Length == 0 ? "The runs have no epoch in common."
            : $"At the end {label(common[^1].Values.Average())} on average of {runs.Count} seeds, standard deviation "
                + $"{label(Statistics.Deviation(common[^1].Values))}.";
        return new Figure(title, summary, Height, (canvas, content) =>
        {
            double legend = Legend.Draw(canvas, content, series) + 6;
            chart.Draw(canvas, content.Inset(0, legend, 0, 0));
        });
    }
}
