namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>What a network said about N samples, beside the truth.</summary>
public sealed record Predictions
{
    /// <param name="labels">[N] true classes.</param>
    /// <param name="probabilities">[N, classes], each in 0 .. 1.</param>
    /// <param name="classes">Number of classes; some may be absent from the labels.</param>
    /// <exception cref="ArgumentException">Sizes that do not fit, a label beyond the classes, or a probability outside
    /// 0 .. 1 or NaN.</exception>
    public Predictions(byte[] labels, float[] probabilities, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (probabilities.Length != (long)labels.Length * classes)
            throw new ArgumentException(
                $"{labels.Length} labels of {classes} classes do not fit {probabilities.Length} probabilities.");
        foreach (byte label in labels)
            if (label >= classes)
                throw new ArgumentException($"Label {label} is beyond the {classes} classes.");
        // Softmax may exceed 1 by rounding.
        foreach (float probability in probabilities)
            if (!(probability >= 0 && probability <= 1.0001f))
                throw new ArgumentException($"{probability} is not a probability.");
        (Labels, Probabilities, Classes) = (labels, probabilities, classes);
    }

    public byte[] Labels { get; } // [N]

    public float[] Probabilities { get; } // [N, Classes]

    public int Classes { get; }

    public int Count => Labels.Length;

    /// <summary>The class probabilities of one sample, [Classes].</summary>
    public ReadOnlySpan<float> Of(int sample) => Probabilities.AsSpan(sample * Classes, Classes);

    /// <summary>The most probable class, the first among equals.</summary>
    public int Predicted(int sample)
    {
        ReadOnlySpan<float> probabilities = Of(sample);
        int best = 0;
        for (int c = 1; c < probabilities.Length; c++)
            if (probabilities[c] > probabilities[best])
                best = c;
        return best;
    }

    /// <summary>Probability of the predicted class.</summary>
    public float Confidence(int sample) => Of(sample)[Predicted(sample)];

    public bool IsCorrect(int sample) => Predicted(sample) == Labels[sample];

    public ConfusionMatrix Confusion()
    {
        var matrix = new ConfusionMatrix(Classes);
        for (int sample = 0; sample < Count; sample++)
            matrix.Add(Labels[sample], Predicted(sample));
        return matrix;
    }

    /// <summary>Mean cross-entropy -ln p(true class) in nats; a probability of 0 counts as the smallest normal float.
    /// NaN without samples.</summary>
    public double Loss()
    {
        double sum = 0;
        for (int sample = 0; sample < Count; sample++)
            sum -= Math.Log(Math.Max(Of(sample)[Labels[sample]], 1.17549435e-38f));
        return sum / Count;
    }

    /// <summary>Samples whose prediction is wrong, the most confident mistake first.</summary>
    public int[] Mistakes()
    {
        IEnumerable<int> wrong = Enumerable.Range(0, Count).Where(sample => !IsCorrect(sample));
        return [.. wrong.OrderByDescending(Confidence).ThenBy(sample => sample)];
    }
}
