namespace GpuLstm.Runtime.Data;

/// <summary>What a model knows of the features of its sequences: their names, and how they are normalised,
/// (value - mean) / deviation.</summary>
/// <param name="Names">[I].</param>
/// <param name="Means">[I] over all steps of the training part.</param>
/// <param name="Deviations">[I] likewise, over N; 1 for a feature that never changes.</param>
public sealed record Features(
    IReadOnlyList<string> Names, IReadOnlyList<float> Means, IReadOnlyList<float> Deviations)
{
    /// <summary>Those of a training part. Missing values do not count.</summary>
    public static Features Of(SequenceSamples samples, IReadOnlyList<string> names)
    {
        int size = samples.InputSize;
        double[] sums = new double[size], squares = new double[size];
        long[] counts = new long[size];
        Add((i, value) => (sums[i], counts[i]) = (sums[i] + value, counts[i] + 1));
        double[] means = [.. sums.Zip(counts, (sum, count) => count == 0 ? 0 : sum / count)];
        Add((i, value) => squares[i] += (value - means[i]) * (value - means[i])); // of differences: nothing cancels
        return new(names, [.. means.Select(mean => (float)mean)],
            [.. squares.Zip(counts, (sum, count) => Deviation(sum, count))]);

        void Add(Action<int, double> add)
        {
            for (int at = 0; at < samples.Values.Length; at++)
                if (!float.IsNaN(samples.Values[at]))
                    add(at % size, samples.Values[at]);
        }
    }

    /// <summary>Whether what a file says of them is possible.</summary>
    internal bool IsValid => Names?.Count > 0 && Means?.Count == Names.Count && Deviations?.Count == Names.Count
        && Names.All(name => name != null) && Means.All(float.IsFinite)
        && Deviations.All(deviation => deviation > 0 && float.IsFinite(deviation));

    /// <summary>Values as they are, of a model of which nothing else is known.</summary>
    public static Features AsTheyAre(IReadOnlyList<string> names) =>
        new(names, [.. names.Select(_ => 0f)], [.. names.Select(_ => 1f)]);

    /// <summary>Those of the numbers that are to be answered.</summary>
    /// <param name="targets">[N, M].</param>
    public static Features OfTargets(float[] targets, IReadOnlyList<string> names) =>
        Of(new(targets, [targets.Length / names.Count], [0], names.Count), names);

    /// <summary>A deviation that can divide: 1 for one that cannot.</summary>
    internal static float Usable(double deviation) =>
        (float)deviation is > 0 and var usable && float.IsFinite(1 / usable) && float.IsFinite(usable) ? usable : 1;

    private static float Deviation(double squares, long count) => Usable(Math.Sqrt(squares / Math.Max(1, count)));

    /// <summary>Overwrites whole steps, [n, I], with their normalised values: a missing one with the last before it in
    /// its sequence, at the beginning with the first after it, and where there is none with the mean, 0.</summary>
    /// <param name="sequence">One sequence, [n, I].</param>
    public void Normalise(ReadOnlySpan<float> sequence, Span<float> normalised)
    {
        int size = Means.Count;
        for (int i = 0; i < size; i++)
        {
            float last = First(sequence, i);
            for (int at = i; at < sequence.Length; at += size)
            {
                last = float.IsNaN(sequence[at]) ? last : sequence[at];
                normalised[at] = Normalised(last, i);
            }
        }
    }

    /// <summary>A value of a feature, normalised; NaN stays what it is.</summary>
    public float Normalised(float value, int feature) => (value - Means[feature]) / Deviations[feature];

    private float First(ReadOnlySpan<float> sequence, int feature)
    {
        for (int at = feature; at < sequence.Length; at += Means.Count)
            if (!float.IsNaN(sequence[at]))
                return sequence[at];
        return Means[feature];
    }
}
