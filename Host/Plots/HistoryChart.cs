using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots;

/// <summary>One recorded quantity over training: each step's value as a faint band, its running mean as a line, and the
/// test set's values as dots.</summary>
internal static class HistoryChart
{
    private const double Height = 330;
    private const int Buckets = 300;

    public static Figure Draw(
        string title, string summary, TrainingHistory history, Func<HistoryPoint, double> value,
        Func<IEnumerable<double>, Axis> yAxis, bool isSmoothed = true)
    {
        Point[] steps = [.. history.Steps.Select(point => Place(history, point, value))];
        Point[] tests = [.. history.Tests.Select(point => Place(history, point, value))];
        Point[] validations = [.. history.Validations.Select(point => Place(history, point, value))];
        Point[] firstTests = [.. history.FirstTests.Select(point => Place(history, point, value))];
        int window = isSmoothed ? Window(steps.Length) : 1;
        Point[] mean = RunningMean(steps, window);
        (Point[] lower, Point[] upper) = Range(steps);

        double end = Math.Max(steps.Length > 0 ? steps[^1].X : 0, tests.Length > 0 ? tests[^1].X : 0);
        var x = new Axis("epoch", 0, end > 0 ? end : 1);
        Axis y = yAxis(
            lower.Concat(upper).Concat(tests).Concat(firstTests).Concat(validations).Select(point => point.Y));
        long spacing = history.Steps.Count > 1 ? history.Steps[1].Step - history.Steps[0].Step : 1;
        string over = window > 1 ? $"training, mean of {window * spacing} steps" : "training";
        string first = $"first {Ticks.Label(history.FirstSamples)} of test";
        Series[] IfAny(Point[] points, Func<LineSeries> series) => points.Length == 0 ? [] : [series()];
        var chart = new Chart(x, y,
        [
            new BandSeries(window > 1 ? "single steps" : null, lower, upper, Style.Filled(Ink.Blue, 0.22)),
            new LineSeries(over, Thin(mean), Style.Line(Ink.Blue, 2)),
            .. IfAny(firstTests, () =>
                new(first, firstTests, Style.Line(Ink.Vermilion, 1.2, Dash.Dashed, opacity: 0.7))),
            .. IfAny(history.BestEpoch is null ? [] : validations, () =>
                new($"best: epoch {history.BestEpoch}", [new(history.BestEpoch!.Value, y.Min),
                    new(history.BestEpoch.Value, y.Max)], Style.Line(Ink.Muted, 1.2, Dash.Dashed))),
            .. IfAny(tests, () => new("test", tests, Style.Line(Ink.Vermilion, 2)) { HasMarkers = true }),
            .. IfAny(validations, () =>
                new("validation", validations, Style.Line(Ink.Green, 2)) { HasMarkers = true }),
        ]);

        return new Figure(title, summary, Height, (canvas, content) =>
        {
            double legend = Legend.Draw(canvas, content, chart.Series);
            chart.Draw(canvas, content.Inset(0, legend + 6, 0, 0));
        });
    }

    /// <summary>Steps over which training values are averaged: a hundredth of the run, at least enough to calm the
    /// noise.</summary>
    public static int Window(int steps) => Math.Min(Math.Max(1, steps / 4), Math.Max(10, steps / 100));

    private static Point Place(TrainingHistory history, HistoryPoint point, Func<HistoryPoint, double> value) =>
        new((double)point.Step / history.StepsPerEpoch, value(point));

    /// <summary>Mean of the last <paramref name="window"/> finite values, fewer at the start.</summary>
    private static Point[] RunningMean(Point[] points, int window)
    {
        var mean = new Point[points.Length];
        var recent = new Queue<double>();
        double sum = 0;
        for (int i = 0; i < points.Length; i++)
        {
            if (double.IsFinite(points[i].Y))
            {
                recent.Enqueue(points[i].Y);
                sum += points[i].Y;
            }
            if (recent.Count > window)
                sum -= recent.Dequeue();
            mean[i] = points[i] with { Y = recent.Count > 0 ? sum / recent.Count : double.NaN };
        }
        return mean;
    }

    /// <summary>Smallest and largest value of each of at most <see cref="Buckets"/> stretches of steps.</summary>
    private static (Point[] Lower, Point[] Upper) Range(Point[] points)
    {
        Point[][] stretches = [.. points.Where(point => double.IsFinite(point.Y)).Chunk(BucketSize(points.Length))];
        return ([.. stretches.Select(stretch => new Point(stretch[0].X, stretch.Min(point => point.Y)))],
            [.. stretches.Select(stretch => new Point(stretch[0].X, stretch.Max(point => point.Y)))]);
    }

    private static Point[] Thin(Point[] points) =>
        [.. points.Where((_, i) => i % BucketSize(points.Length) == 0 || i == points.Length - 1)];

    private static int BucketSize(int count) => Math.Max(1, (count + Buckets - 1) / Buckets);
}
