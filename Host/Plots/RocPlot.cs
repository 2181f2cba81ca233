using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>ROC curves: each class against the rest, macro and micro average, with their areas.</summary>
public static class RocPlot
{
    public static Figure Draw(OneVersusRest<RocCurve> curves, IReadOnlyList<string> classNames)
    {
        IReadOnlyList<Series> series =
        [
            .. CurvesFigure.Lines(curves, classNames, Line),
            new LineSeries("chance", [new(0, 0), new(1, 1)], Style.Line(Ink.Muted, 1, Dash.Dotted)),
        ];

        double? corner = curves.Macro.IsDefined ? CurvesFigure.Corner(rate => HeightAt(curves.Macro, rate)) : null;
        return CurvesFigure.Draw("ROC: each class against the rest", Summary(curves, classNames), series,
            new Axis("false positive rate", 0, 1, Unit.Percent), new Axis("true positive rate", 0, 1, Unit.Percent),
            corner is not double size ? null : (new Axis("false positive rate", 0, size, Unit.Percent),
                new Axis("true positive rate", 1 - size, 1, Unit.Percent)), insetOnRight: true);
    }

    private static LineSeries Line(string name, RocCurve curve, Style style)
    {
        IEnumerable<Point> points = curve.FalsePositiveRates.Zip(curve.TruePositiveRates, (x, y) => new Point(x, y));
        string note = curve.IsDefined ? $"AUC {curve.Auc:0.0000}" : "absent";
        return new LineSeries(name, [.. points], style) { Note = note };
    }

    private static double HeightAt(RocCurve curve, double rate)
    {
        int last = Array.FindLastIndex(curve.FalsePositiveRates, x => x <= rate);
        return curve.TruePositiveRates[last];
    }

    private static string Summary(OneVersusRest<RocCurve> curves, IReadOnlyList<string> names)
    {
        int[] defined = [.. Enumerable.Range(0, names.Count).Where(c => curves.PerClass[c].IsDefined)];
        if (defined.Length == 0)
            return "Undefined: every sample has the same class.";
        int worst = defined.MinBy(c => curves.PerClass[c].Auc);
        return $"Mean area under the curve {curves.Macro.Auc:0.0000}; hardest to tell from the rest: {names[worst]} "
            + $"({curves.PerClass[worst].Auc:0.0000}).";
    }
}
