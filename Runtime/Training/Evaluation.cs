using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Runtime.Training;

/// <summary>What a network said of a data set.</summary>
/// <param name="Loss">The mean.</param>
public abstract record Evaluation(double Loss)
{
    /// <summary>Share of right answers; null where numbers are answered.</summary>
    public virtual double? Accuracy => null;

    /// <summary>Root of the mean squared error in the numbers' units; null where classes are answered.</summary>
    public virtual double? Rmse => null;

    /// <summary>Answers that are judged.</summary>
    public abstract int Count { get; }

    /// <summary>Whether the network says anything: answers of one that has diverged are not numbers.</summary>
    public abstract bool IsFinite { get; }
}

/// <summary>What a network said of classes: of samples, or of their labelled steps.</summary>
/// <param name="Loss">Mean cross-entropy.</param>
/// <param name="Hits">Share of answers whose most probable class is the true one.</param>
/// <param name="Labels">[N] the true classes.</param>
/// <param name="Probabilities">[N, C].</param>
public sealed record ClassEvaluation(double Loss, double Hits, byte[] Labels, float[] Probabilities) : Evaluation(Loss)
{
    public override double? Accuracy => Hits;

    public override int Count => Labels.Length;

    /// <summary>Classes.</summary>
    public int Classes => Probabilities.Length / Labels.Length;

    public override bool IsFinite => Probabilities.All(float.IsFinite);

    /// <summary>The same for the metrics.</summary>
    /// <exception cref="ArgumentException">It is not finite.</exception>
    public Predictions ToPredictions() => new(Labels, Probabilities, Classes);

    /// <summary>A sample's probabilities, [C].</summary>
    public ReadOnlySpan<float> this[int sample] => Probabilities.AsSpan(sample * Classes, Classes);

    /// <summary>A sample's most probable class, the first of equals.</summary>
    public int Predicted(int sample)
    {
        ReadOnlySpan<float> probabilities = this[sample];
        int best = 0;
        for (int c = 1; c < probabilities.Length; c++)
            if (probabilities[c] > probabilities[best])
                best = c;
        return best;
    }
}

/// <summary>What a network said of numbers.</summary>
/// <param name="Loss">The mean, of numbers as the network answers them.</param>
/// <param name="Answers">[N, M] in units.</param>
/// <param name="Samples">Whose first N they are of.</param>
public sealed record ValueEvaluation(double Loss, float[] Answers, Samples Samples) : Evaluation(Loss)
{
    /// <summary>M.</summary>
    public int Size => Samples.AnswerSize;

    public override double? Rmse
    {
        get
        {
            ErrorSums sums = new();
            for (int k = 0; k < Size; k++)
                Add(ref sums, k);
            return sums.ToErrors().Rmse;
        }
    }

    public override int Count => Answers.Length / Size;

    public override bool IsFinite => Answers.All(float.IsFinite);

    /// <summary>One of the numbers of a sample.</summary>
    public float Answer(int sample, int number) => Answers[(long)sample * Size + number];

    /// <summary>What is true of it.</summary>
    public float Truth(int sample, int number) => Samples.Truth(sample, number);

    /// <summary>The errors of one of the numbers over all samples.</summary>
    public ValueErrors Errors(int number)
    {
        ErrorSums sums = new();
        Add(ref sums, number);
        return sums.ToErrors();
    }

    private void Add(ref ErrorSums sums, int number)
    {
        for (int i = 0; i < Count; i++)
            sums.Add(Answer(i, number), Truth(i, number));
    }
}
