namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>A curve per class (that class against the rest) and their averages. Macro: every class that occurs counts
/// the same. Micro: every (sample, class) decision counts the same.</summary>
public sealed record OneVersusRest<TCurve>(IReadOnlyList<TCurve> PerClass, TCurve Macro, TCurve Micro);

public static class OneVersusRest
{
    public static OneVersusRest<RocCurve> Roc(Predictions predictions)
    {
        RocCurve[] perClass = [.. Classes(predictions).Select(ranking => RocCurve.Of(ranking))];
        return new OneVersusRest<RocCurve>(perClass, RocCurve.Mean(perClass), RocCurve.Of(Ranking.OfAll(predictions)));
    }

    public static OneVersusRest<PrecisionRecallCurve> PrecisionRecall(Predictions predictions)
    {
        PrecisionRecallCurve[] perClass = [.. Classes(predictions).Select(ranking => PrecisionRecallCurve.Of(ranking))];
        return new OneVersusRest<PrecisionRecallCurve>(
            perClass, PrecisionRecallCurve.Mean(perClass), PrecisionRecallCurve.Of(Ranking.OfAll(predictions)));
    }

    private static IEnumerable<Ranking> Classes(Predictions predictions) =>
        Enumerable.Range(0, predictions.Classes).Select(c => Ranking.OfClass(predictions, c));
}
