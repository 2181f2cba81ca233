namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>Counts of (true class, predicted class), and the scores that follow from them. Conventions are
/// scikit-learn's (https://scikit-learn.org/stable/modules/model_evaluation.html) with zero_division = 0: a ratio whose
/// denominator is zero (a class never predicted, or never present) counts as 0.</summary>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts; // [Classes, Classes]: true, predicted

    /// <exception cref="ArgumentOutOfRangeException">Fewer than one class.</exception>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        Classes = classes;
        _counts = new long[classes * classes];
    }

    public int Classes { get; }

    public long Total { get; private set; }

    /// <summary>How often samples of <paramref name="truth"/> were taken for <paramref name="predicted"/>.</summary>
    public long this[int truth, int predicted] => _counts[Index(truth, predicted)];

    /// <exception cref="ArgumentOutOfRangeException">A class outside 0 .. Classes - 1.</exception>
    public void Add(int truth, int predicted)
    {
        _counts[Index(truth, predicted)]++;
        Total++;
    }

    /// <summary>Samples whose true class is <paramref name="truth"/>.</summary>
    public long Support(int truth)
    {
        long sum = 0;
        for (int predicted = 0; predicted < Classes; predicted++)
            sum += this[truth, predicted];
        return sum;
    }

    /// <summary>Samples that were taken for <paramref name="predicted"/>.</summary>
    public long Predicted(int predicted)
    {
        long sum = 0;
        for (int truth = 0; truth < Classes; truth++)
            sum += this[truth, predicted];
        return sum;
    }

    public long Correct
    {
        get
        {
            long sum = 0;
            for (int c = 0; c < Classes; c++)
                sum += this[c, c];
            return sum;
        }
    }

    /// <summary>Share of samples whose class was recognised; 0 without samples.</summary>
    public double Accuracy => ClassScore.Ratio(Correct, Total);

    /// <summary>Precision, recall and F1 of one class against the rest.</summary>
    public ClassScore Score(int c) => ClassScore.FromCounts(this[c, c], Predicted(c), Support(c));

    /// <summary>Unweighted mean of the classes that occur as a true or a predicted label (scikit-learn's
    /// average="macro" without labels=): a class absent from both does not lower it.</summary>
    public ClassScore Macro()
    {
        int[] present = [.. Enumerable.Range(0, Classes).Where(c => Support(c) + Predicted(c) > 0)];
        if (present.Length == 0)
            return new ClassScore(0, 0, 0, 0);
        ClassScore[] scores = [.. present.Select(Score)];
        return new ClassScore(scores.Average(score => score.Precision), scores.Average(score => score.Recall),
            scores.Average(score => score.F1), Total);
    }

    /// <summary>Mean of the classes, each as often as it has samples (scikit-learn's average="weighted").</summary>
    public ClassScore Weighted()
    {
        double Mean(Func<ClassScore, double> value) => Total == 0 ? 0
            : Enumerable.Range(0, Classes).Sum(c => Support(c) * value(Score(c))) / Total;
        return new ClassScore(
            Mean(score => score.Precision), Mean(score => score.Recall), Mean(score => score.F1), Total);
    }

    /// <summary>All decisions pooled; with one label per sample, all three scores equal the accuracy.</summary>
    public ClassScore Micro() => ClassScore.FromCounts(Correct, Total, Total);

    private int Index(int truth, int predicted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(truth);
        ArgumentOutOfRangeException.ThrowIfNegative(predicted);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(truth, Classes);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(predicted, Classes);
        return truth * Classes + predicted;
    }
}
