namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>Precision = TP / predicted, recall = TP / support, F1 = 2 TP / (predicted + support), each 0 where its
/// denominator is 0 (scikit-learn's zero_division = 0).</summary>
public readonly record struct ClassScore(double Precision, double Recall, double F1, long Support)
{
    public static ClassScore FromCounts(long truePositives, long predicted, long support) => new(
        Ratio(truePositives, predicted), Ratio(truePositives, support),
        Ratio(2 * truePositives, predicted + support), support);

    internal static double Ratio(long numerator, long denominator) =>
        denominator == 0 ? 0 : (double)numerator / denominator;
}
