using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>Precision over recall: each class against the rest, macro and micro average, with their average
/// precisions.</summary>
public static class PrecisionRecallPlot
{
    public static Figure Draw(OneVersusRest<PrecisionRecallCurve> curves, IReadOnlyList<string> classNames)
    {
        IReadOnlyList<Series> series = [.. CurvesFigure.Lines(curves, classNames, Line)];

        double? corner = curves.Macro.IsDefined ? CurvesFigure.Corner(rest => HeightAt(curves.Macro, 1 - rest)) : null;
        const string Title = "Precision and recall: each class against the rest";
        return CurvesFigure.Draw(Title, Summary(curves, classNames), series,
            new Axis("recall", 0, 1, Unit.Percent), new Axis("precision", 0, 1, Unit.Percent),
            corner is not double size ? null : (new Axis("recall", 1 - size, 1, Unit.Percent),
                new Axis("precision", 1 - size, 1, Unit.Percent)), insetOnRight: false);
    }

    /// <summary>The steps that average precision sums: up to a recall, the precision there.</summary>
    private static LineSeries Line(string name, PrecisionRecallCurve curve, Style style)
    {
        var steps = new List<Point>();
        for (int i = 0; i < curve.Recalls.Length; i++)
        {
            if (i > 0)
                steps.Add(new Point(curve.Recalls[i - 1], curve.Precisions[i]));
            steps.Add(new Point(curve.Recalls[i], curve.Precisions[i]));
        }
        string note = curve.IsDefined ? $"AP {curve.AveragePrecision:0.0000}" : "absent";
        return new LineSeries(name, steps, style) { Note = note };
    }

    private static double HeightAt(PrecisionRecallCurve curve, double recall) =>
        curve.Precisions[Array.FindIndex(curve.Recalls, x => x >= recall)];

    private static string Summary(OneVersusRest<PrecisionRecallCurve> curves, IReadOnlyList<string> names)
    {
        int[] defined = [.. Enumerable.Range(0, names.Count).Where(c => curves.PerClass[c].IsDefined)];
        if (defined.Length == 0)
            return "Undefined: there are no samples.";
        int worst = defined.MinBy(c => curves.PerClass[c].AveragePrecision);
        return $"Mean average precision {curves.Macro.AveragePrecision:0.0000}; "
            + $"hardest to tell from the rest: {names[worst]} ({curves.PerClass[worst].AveragePrecision:0.0000}).";
    }
}
