namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>Receiver operating characteristic: for each threshold from the highest down, the share of negatives and of
/// positives that score at least it. Starts at (0, 0), ends at (1, 1); empty where positives or negatives are
/// missing.</summary>
/// <param name="FalsePositiveRates">Rising; repeats where the curve is vertical.</param>
/// <param name="TruePositiveRates">As many, rising.</param>
/// <param name="Auc">Area under the curve by the trapezoidal rule. NaN where the curve is empty (scikit-learn throws or
/// warns there).</param>
public sealed record RocCurve(double[] FalsePositiveRates, double[] TruePositiveRates, double Auc)
{
    public bool IsDefined => !double.IsNaN(Auc);

    /// <param name="scores">[N], higher means more likely positive.</param>
    /// <param name="isPositive">[N].</param>
    public static RocCurve Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isPositive) =>
        Of(Ranking.Of(scores, isPositive));

    internal static RocCurve Of(Ranking ranking)
    {
        if (ranking.Positives == 0 || ranking.Negatives == 0)
            return new RocCurve([], [], double.NaN);
        return Through(
            [0, .. ranking.FalsePositives.Select(count => (double)count / ranking.Negatives)],
            [0, .. ranking.TruePositives.Select(count => (double)count / ranking.Positives)]);
    }

    /// <summary>Mean of the curves at each false positive rate, the jumps included, so that its area is exactly the
    /// mean of the areas (scikit-learn's roc_auc_score with multi_class="ovr", average="macro"). Undefined curves are
    /// left out.</summary>
    public static RocCurve Mean(IReadOnlyList<RocCurve> curves)
    {
        RocCurve[] defined = [.. curves.Where(curve => curve.IsDefined)];
        if (defined.Length == 0)
            return new RocCurve([], [], double.NaN);
        double[] rates = [.. defined.SelectMany(curve => curve.FalsePositiveRates).Distinct().Order()];
        double[] below = new double[rates.Length];
        double[] above = new double[rates.Length];
        foreach (RocCurve curve in defined)
            curve.AddHeights(rates, below, above, 1.0 / defined.Length);

        double[] x = new double[2 * rates.Length];
        double[] y = new double[2 * rates.Length];
        for (int i = 0; i < rates.Length; i++)
        {
            (x[2 * i], y[2 * i]) = (rates[i], below[i]);
            (x[2 * i + 1], y[2 * i + 1]) = (rates[i], above[i]);
        }
        return Through(x, y);
    }

    /// <summary>Adds the curve's lowest and highest value at each of <paramref name="rates"/>, which rise and hold all
    /// of its own.</summary>
    private void AddHeights(double[] rates, double[] below, double[] above, double weight)
    {
        int at = 0;
        for (int i = 0; i < rates.Length; i++)
        {
            double low;
            double high;
            if (FalsePositiveRates[at] == rates[i])
            {
                low = TruePositiveRates[at];
                while (at + 1 < FalsePositiveRates.Length && FalsePositiveRates[at + 1] == rates[i])
                    at++;
                high = TruePositiveRates[at];
                at = Math.Min(at + 1, FalsePositiveRates.Length - 1);
            }
            else
            {
                double left = FalsePositiveRates[at - 1];
                double along = (rates[i] - left) / (FalsePositiveRates[at] - left);
                low = high = double.Lerp(TruePositiveRates[at - 1], TruePositiveRates[at], along);
            }
            below[i] += weight * low;
            above[i] += weight * high;
        }
    }

    private static RocCurve Through(double[] x, double[] y)
    {
        double area = 0;
        for (int i = 1; i < x.Length; i++)
            area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
        return new RocCurve(x, y, area);
    }
}
