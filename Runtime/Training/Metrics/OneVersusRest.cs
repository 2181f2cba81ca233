namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>A curve per class (that class against the rest) and their averages. Macro: every class that occurs counts
/// the same. Micro: every (sample, class) decision counts the same.</summary>
public sealed record OneVersusRest<TCurve>(IReadOnlyList<TCurve> PerClass, TCurve Macro, TCurve Micro);

public static class OneVersusRest
{
    public static OneVersusRest<RocCurve> Roc(Predictions predictions) =>
        Sweep(predictions, RocCurve.Of, RocCurve.Mean);

    public static OneVersusRest<PrecisionRecallCurve> PrecisionRecall(Predictions predictions) =>
        Sweep(predictions, PrecisionRecallCurve.Of, PrecisionRecallCurve.Mean);

    private static OneVersusRest<TCurve> Sweep<TCurve>(
        Predictions predictions, Func<Ranking, TCurve> curveOf, Func<IReadOnlyList<TCurve>, TCurve> mean)
    {
        TCurve[] perClass =
            [.. Enumerable.Range(0, predictions.Classes).Select(c => curveOf(Ranking.OfClass(predictions, c)))];
        return new(perClass, mean(perClass), curveOf(Ranking.OfAll(predictions)));
    }
}
