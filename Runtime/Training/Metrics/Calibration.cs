namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>Does a confidence of 80 % mean right in 80 % of the cases? Samples in bins of equal width by the confidence
/// of their prediction; bin m of M holds confidences in ((m-1)/M, m/M]. Guo et al., "On Calibration of Modern Neural
/// Networks", 2017, section 2 (arXiv 1706.04599).</summary>
/// <param name="Bins">All M bins, empty ones included.</param>
/// <param name="ExpectedError">ECE, equation 3: mean of |accuracy - confidence| over the bins, weighted by their
/// counts.</param>
/// <param name="MaximumError">MCE, equation 5: the largest such gap.</param>
public sealed record Calibration(IReadOnlyList<CalibrationBin> Bins, double ExpectedError, double MaximumError)
{
    public const int StandardBins = 15;

    /// <summary>Both errors are NaN without samples.</summary>
    public static Calibration Of(Predictions predictions, int bins = StandardBins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        int[] counts = new int[bins];
        double[] confidences = new double[bins];
        int[] hits = new int[bins];
        for (int sample = 0; sample < predictions.Count; sample++)
        {
            double confidence = predictions.Confidence(sample);
            int bin = Math.Clamp((int)Math.Ceiling(confidence * bins) - 1, 0, bins - 1);
            counts[bin]++;
            confidences[bin] += confidence;
            hits[bin] += predictions.IsCorrect(sample) ? 1 : 0;
        }
        var result = new CalibrationBin[bins];
        for (int bin = 0; bin < bins; bin++)
            result[bin] = new CalibrationBin((double)bin / bins, (bin + 1.0) / bins,
                counts[bin], confidences[bin] / counts[bin], (double)hits[bin] / counts[bin]);
        CalibrationBin[] filled = [.. result.Where(bin => bin.Count > 0)];
        if (filled.Length == 0)
            return new Calibration(result, double.NaN, double.NaN);
        double expected = filled.Sum(bin => bin.Gap * bin.Count) / predictions.Count;
        return new Calibration(result, expected, filled.Max(bin => bin.Gap));
    }
}

/// <summary>Samples with a confidence in (<paramref name="Lower"/>, <paramref name="Upper"/>]; the means are NaN where
/// there are none.</summary>
public readonly record struct CalibrationBin(
    double Lower, double Upper, int Count, double MeanConfidence, double Accuracy)
{
    public double Gap => Math.Abs(Accuracy - MeanConfidence);
}
