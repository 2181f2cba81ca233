using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>Answers that are numbers: beside the truth, and how far from it.</summary>
public static class ValuePlots
{
    private const int MostPanels = 3;
    private const int MostPoints = 2000; // more hide each other
    private const int Bins = 31; // odd: zero lies in the middle of one
    private const double FitHeight = 330, ResidualHeight = 210;

    /// <summary>Each answer over its true value, for the first numbers.</summary>
    /// <param name="names">[M].</param>
    public static Figure Fit(ValueEvaluation evaluation, IReadOnlyList<string> names)
    {
        int panels = Math.Min(MostPanels, evaluation.Size);
        string summary = string.Join(" ", Enumerable.Range(0, panels).Select(k => Sentence(names[k],
            evaluation.Errors(k))));
        return ChartColumn.Draw("Answers and truth", summary,
            [.. Enumerable.Range(0, panels).Select(k => FitChart(evaluation, names, k))], FitHeight);
    }

    /// <summary>How often errors of each size are.</summary>
    /// <param name="errors">Answer minus truth, by name.</param>
    public static Figure Residuals(IReadOnlyList<(string Name, double[] Errors)> errors)
    {
        (string, double[] Errors)[] shown = [.. errors.Take(MostPanels)];
        string summary = "Answer minus truth. " + string.Join(" ", errors.Take(MostPanels).Select(one =>
            $"{one.Name}: mean {Digits(one.Errors.Average())}, standard deviation {Digits(Deviation(one.Errors))}."));
        return ChartColumn.Draw("Residuals", summary, [.. shown.Select(one => Histogram(one.Item1, one.Errors))],
            ResidualHeight);
    }

    private static string Sentence(string name, ValueErrors errors) =>
        $"{name}: RMSE {Digits(errors.Rmse)}, MAE {Digits(errors.Mae)}"
            + (double.IsFinite(errors.R2) ? $", R² {errors.R2:0.000}." : ".");

    private static Chart FitChart(ValueEvaluation evaluation, IReadOnlyList<string> names, int k)
    {
        int step = Math.Max(1, evaluation.Count / MostPoints);
        Point[] points = [.. Enumerable.Range(0, evaluation.Count).Where(i => i % step == 0)
            .Select(i => new Point(evaluation.Truth(i, k), evaluation.Answer(i, k)))];
        Axis axis = Axis.Over("true", points.SelectMany(point => new[] { point.X, point.Y }));
        string name = names.Count == 1 ? "" : $"{names[k]}, ";
        return new Chart(axis with { Label = $"{name}true" }, axis with { Label = $"{name}answered" },
        [
            new LineSeries("right", [new(axis.Min, axis.Min), new(axis.Max, axis.Max)],
                Style.Line(Ink.Muted, 1, Dash.Dashed)),
            new PointSeries("test samples", points, Style.Line(Ink.Blue, opacity: 0.7)),
        ]);
    }

    private static Chart Histogram(string name, double[] errors)
    {
        double reach = Math.Max(errors.Max(Math.Abs), 1e-12);
        int[] counts = new int[Bins];
        foreach (double error in errors)
            counts[Math.Clamp((int)((error / reach + 1) / 2 * Bins), 0, Bins - 1)]++;
        double width = 2 * reach / Bins;
        return new Chart(new Axis($"error, {name}", -reach, reach), Axis.Over("answers", [0, counts.Max()]),
        [
            new BarSeries(null, [.. counts.Select((count, bin) =>
                new Bar(-reach + bin * width, -reach + (bin + 1) * width, count))], Style.Filled(Ink.Sky)),
        ]);
    }

    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static string Digits(double value) => ValueTables.Digits(value);
}
