namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>How far answers are from the truth.</summary>
/// <param name="Rmse">Root of the mean squared error.</param>
/// <param name="Mae">Mean magnitude of the errors.</param>
/// <param name="R2">Share of the truth's variance that is explained (coefficient of determination); NaN where the truth
/// never changes.</param>
public sealed record ValueErrors(double Rmse, double Mae, double R2)
{
    /// <summary>Those of answers. NaN without any.</summary>
    public static ValueErrors Of(ReadOnlySpan<double> answers, ReadOnlySpan<double> truths)
    {
        double squares = 0, magnitudes = 0, sum = 0, spread = 0;
        foreach (double truth in truths)
            sum += truth;
        double mean = sum / truths.Length;
        for (int i = 0; i < truths.Length; i++)
        {
            double error = answers[i] - truths[i];
            squares += error * error;
            magnitudes += Math.Abs(error);
            spread += (truths[i] - mean) * (truths[i] - mean);
        }
        return new(Math.Sqrt(squares / truths.Length), magnitudes / truths.Length,
            spread > 0 ? 1 - squares / spread : double.NaN);
    }
}
