using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Runtime.Training.Forecasts;

/// <summary>What a network answered of windows that it had not learned from.</summary>
public sealed record FoldResult(WindowSamples Windows, ValueEvaluation Evaluation);

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

    private const int EnoughWindows = 20;

    /// <summary>Those that held on windows which networks had not learned from: the latest, where they are enough, as
    /// networks that have learned from more rows err less. A later step's is no narrower than an earlier
    /// one's.</summary>
    /// <param name="results">At least one, the latest fold first; of several networks on the same windows, too.</param>
    public static ForecastIntervals Of(IReadOnlyList<FoldResult> results)
    {
        int taken = 0;
        results = [.. results.GroupBy(result => result.Windows).TakeWhile(fold =>
        {
            bool isNeeded = taken < EnoughWindows;
            taken += fold.Key.Count;
            return isNeeded;
        }).SelectMany(fold => fold)];
        int size = results[0].Evaluation.Size, series = results[0].Windows.Data.Series;
        SeriesTransform transform = results[0].Windows.Transform;
        int windows = results.DistinctBy(result => result.Windows).Sum(result => result.Windows.Count);
        double[] widths = new double[size];
        for (int number = 0; number < size; number++)
        {
            double[] errors = [.. results.SelectMany(result => Errors(result.Evaluation, number)).Order()];
            // Of n errors the one of this rank is exceeded by the next with a probability of 1 - coverage at most.
            double share = Math.Min(1, Stated * (windows + 1) / windows);
            widths[number] = Math.Max(errors[(int)Math.Ceiling(share * errors.Length) - 1],
                number < series ? 0 : widths[number - series]);
        }
        return new(Stated, widths);

        IEnumerable<double> Errors(ValueEvaluation evaluation, int number)
        {
            for (int i = 0; i < evaluation.Count; i++)
                yield return Math.Abs(
                    transform.Level(evaluation.Truth(i, number)) - transform.Level(evaluation.Answer(i, number)));
        }
    }

    /// <summary>The lower and upper end around an answer in units.</summary>
    /// <param name="number">Which of the H K answers it is.</param>
    public (double Lower, double Upper) Around(double answer, int number, SeriesTransform transform) =>
        Around(answer, Widths[number], transform);

    /// <summary>The same of a width.</summary>
    public static (double Lower, double Upper) Around(double answer, double width, SeriesTransform transform)
    {
        double level = transform.Level(answer);
        return (transform.Unlevel(level - width), transform.Unlevel(level + width));
    }

    /// <summary>The share of true values that lie within them.</summary>
    public double Covered(ValueEvaluation evaluation, SeriesTransform transform)
    {
        long within = 0;
        for (int i = 0; i < evaluation.Count; i++)
            for (int number = 0; number < Widths.Count; number++)
            {
                (double lower, double upper) = Around(evaluation.Answer(i, number), number, transform);
                float truth = evaluation.Truth(i, number);
                within += truth >= lower && truth <= upper ? 1 : 0;
            }
        return (double)within / evaluation.Answers.Length;
    }
}
