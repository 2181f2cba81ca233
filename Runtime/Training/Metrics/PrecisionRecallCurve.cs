namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>Precision over recall, for each threshold from the highest down; starts at recall 0, precision 1
/// (scikit-learn's convention). A step function: at a recall between two points the precision is that of the next
/// point. Empty where positives are missing.</summary>
/// <param name="Recalls">Rising.</param>
/// <param name="Precisions">As many.</param>
/// <param name="AveragePrecision">Sum of (R_n - R_(n-1)) P_n, without interpolation
/// (https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html). NaN where
/// positives are missing: scikit-learn says 0 there, which would lower the macro average for a class that nobody could
/// find.</param>
public sealed record PrecisionRecallCurve(double[] Recalls, double[] Precisions, double AveragePrecision)
{
    public bool IsDefined => !double.IsNaN(AveragePrecision);

    /// <param name="scores">[N], higher means more likely positive.</param>
    /// <param name="isPositive">[N].</param>
    public static PrecisionRecallCurve Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isPositive) =>
        Of(Ranking.Of(scores, isPositive));

    internal static PrecisionRecallCurve Of(Ranking ranking)
    {
        if (ranking.Positives == 0)
            return new PrecisionRecallCurve([], [], double.NaN);
        return Through(
            [0, .. ranking.TruePositives.Select(count => (double)count / ranking.Positives)],
            [1, .. ranking.TruePositives.Zip(ranking.FalsePositives, (tp, fp) => (double)tp / (tp + fp))]);
    }

    /// <summary>Mean precision at each recall, so that its average precision is exactly the mean of the curves'
    /// (scikit-learn's average="macro"). Undefined curves are left out.</summary>
    public static PrecisionRecallCurve Mean(IReadOnlyList<PrecisionRecallCurve> curves)
    {
        PrecisionRecallCurve[] defined = [.. curves.Where(curve => curve.IsDefined)];
        if (defined.Length == 0)
            return new PrecisionRecallCurve([], [], double.NaN);
        double[] recalls = [.. defined.SelectMany(curve => curve.Recalls).Distinct().Order()];
        double[] precisions = new double[recalls.Length];
        foreach (PrecisionRecallCurve curve in defined)
        {
            int at = 0;
            for (int i = 0; i < recalls.Length; i++)
            {
                while (curve.Recalls[at] < recalls[i])
                    at++;
                precisions[i] += curve.Precisions[at] / defined.Length;
            }
        }
        return Through(recalls, precisions);
    }

    private static PrecisionRecallCurve Through(double[] recalls, double[] precisions)
    {
        double sum = 0;
        for (int i = 1; i < recalls.Length; i++)
            sum += (recalls[i] - recalls[i - 1]) * precisions[i];
        return new PrecisionRecallCurve(recalls, precisions, sum);
    }
}
