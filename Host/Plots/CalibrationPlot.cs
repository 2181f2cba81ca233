using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>Reliability: how often the network is right at each confidence, with 95 % intervals, above the number of
/// samples.</summary>
public static class CalibrationPlot
{
    private const double ReliabilityHeight = 290;
    private const double CountHeight = 150;

    public static Figure Draw(Calibration calibration)
    {
        CalibrationBin[] bins = [.. calibration.Bins.Where(bin => bin.Count > 0)];
        var x = new Axis("confidence of the prediction", 0, 1, Unit.Percent);
        var reliability = new Chart(x with { Label = "" }, new Axis("share that is right", 0, 1, Unit.Percent),
        [
            new LineSeries("perfectly calibrated", [new(0, 0), new(1, 1)], Style.Line(Ink.Muted, 1, Dash.Dashed)),
            new LineSeries(
                "95\u2009% interval", [.. bins.SelectMany(Interval)], Style.Line(Ink.Blue, 3, opacity: 0.45)),
            new LineSeries("measured", [.. bins.Select(bin => new Point(bin.MeanConfidence, bin.Accuracy))],
                Style.Line(Ink.Blue, 1.5)) { HasMarkers = true },
        ]);
        double most = Math.Max(10, bins.Length == 0 ? 0 : bins.Max(bin => bin.Count));
        var counts = new Chart(x, new Axis("samples (logarithmic)", 0.5, most, IsLogarithmic: true),
        [
            new BarSeries(
                null, [.. bins.Select(bin => new Bar(bin.Lower, bin.Upper, bin.Count))], Style.Filled(Ink.Sky)),
        ]);

        double legend = Legend.Height(reliability.Series, Figure.ContentWidth) + 6;
        return new Figure("Calibration", Summary(calibration), legend + ReliabilityHeight + CountHeight,
            (canvas, content) =>
            {
                Legend.Draw(canvas, content, reliability.Series);
                // One left edge for both charts, so that a bin is above its count.
                double indent = counts.PlotArea(content).X - reliability.PlotArea(content).X;
                reliability.Draw(canvas, content.Inset(Math.Max(0, indent), legend, 0, CountHeight));
                counts.Draw(canvas, content.Inset(Math.Max(0, -indent), legend + ReliabilityHeight, 0, 0));
            });
    }

    /// <summary>A vertical stroke over the interval, and a gap to the next. Wilson's score interval, "Probable
    /// inference, the law of succession, and statistical inference", 1927.</summary>
    private static Point[] Interval(CalibrationBin bin)
    {
        const double Z = 1.959964;
        double n = bin.Count;
        double shrink = 1 / (1 + Z * Z / n);
        double center = shrink * (bin.Accuracy + Z * Z / (2 * n));
        double half = shrink * Z * Math.Sqrt(bin.Accuracy * (1 - bin.Accuracy) / n + Z * Z / (4 * n * n));
        double x = bin.MeanConfidence;
        return [new(x, Math.Max(0, center - half)), new(x, Math.Min(1, center + half)), new(x, double.NaN)];
    }

    private static string Summary(Calibration calibration)
    {
        CalibrationBin[] bins = [.. calibration.Bins.Where(bin => bin.Count > 0)];
        if (bins.Length == 0)
            return "There are no samples.";
        double total = bins.Sum(bin => (double)bin.Count);
        double excess = bins.Sum(bin => bin.Count * (bin.MeanConfidence - bin.Accuracy)) / total;
        string tendency = excess > 0 ? "above" : "below";
        string error = Ticks.Percent(calibration.ExpectedError, 0.0001);
        return $"Expected calibration error {error} over {calibration.Bins.Count} bins; "
            + $"the mean confidence is {Ticks.Percent(Math.Abs(excess), 0.0001)} {tendency} the accuracy.";
    }
}
