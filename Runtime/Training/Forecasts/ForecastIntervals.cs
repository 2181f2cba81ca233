using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Runtime.Training.Forecasts;

/// <summary>How far the truth lies from a forecast with a stated probability, from the errors on rows that the network
/// had not learned from (split conformal prediction, Lei et al. 2018, section 2.2). Of series whose logarithm is
/// learned the errors are the logarithms'.</summary>
/// <param name="Coverage">The stated share, 0 to 1.</param>
/// <param name="Widths">[H, K] to either side of the forecast.</param>
public sealed record ForecastIntervals(double Coverage, IReadOnlyList<double> Widths)
{
    /// <summary>The share that is stated.</summary>
    public const double Stated = 0.9;

    /// <summary>Whether what a file says of them is possible.</summary>
    internal bool IsValid(int outputs) => Coverage is > 0 and < 1 && Widths?.Count == outputs
        && Widths.All(width => width >= 0 && double.IsFinite(width));

    /// <summary>Those that held on windows which the network has not learned from.</summary>
    public static ForecastIntervals Of(WindowSamples windows, ValueEvaluation evaluation)
    {
        SeriesTransform transform = windows.Transform;
        int size = evaluation.Size, count = evaluation.Count;
        // Of n errors the one of this rank is exceeded by the next with a probability of 1 - coverage at most.
        int rank = Math.Min(count, (int)Math.Ceiling((count + 1) * Stated));
        return new(Stated, [.. Enumerable.Range(0, size).Select(number =>
        {
            double[] errors = [.. Enumerable.Range(0, count).Select(i => Error(i * size + number)).Order()];
            return errors[rank - 1];
        })]);

        double Error(int at) =>
            Math.Abs(transform.Level(evaluation.Truths[at]) - transform.Level(evaluation.Answers[at]));
    }

    /// <summary>The lower and upper ends of answers, [N, H K] in units.</summary>
    public (double[] Lower, double[] Upper) Around(double[] answers, SeriesTransform transform)
    {
        double[] lower = new double[answers.Length], upper = new double[answers.Length];
        for (int at = 0; at < answers.Length; at++)
        {
            double level = transform.Level(answers[at]), width = Widths[at % Widths.Count];
            (lower[at], upper[at]) = (transform.Unlevel(level - width), transform.Unlevel(level + width));
        }
        return (lower, upper);
    }

    /// <summary>The share of true values that lie within them.</summary>
    public double Covered(ValueEvaluation evaluation, SeriesTransform transform)
    {
        (double[] lower, double[] upper) = Around(evaluation.Answers, transform);
        int within = 0;
        for (int at = 0; at < lower.Length; at++)
            within += evaluation.Truths[at] >= lower[at] && evaluation.Truths[at] <= upper[at] ? 1 : 0;
        return (double)within / lower.Length;
    }
}
