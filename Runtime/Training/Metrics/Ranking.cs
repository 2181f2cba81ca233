namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>How many positives and negatives score at least a threshold, for each distinct score from the highest down.
/// Equal scores are one threshold: their order means nothing.</summary>
internal sealed record Ranking(float[] Thresholds, long[] TruePositives, long[] FalsePositives)
{
    public long Positives => TruePositives.Length == 0 ? 0 : TruePositives[^1];

    public long Negatives => FalsePositives.Length == 0 ? 0 : FalsePositives[^1];

    /// <param name="scores">[N], higher means more likely positive.</param>
    /// <param name="isPositive">[N].</param>
    public static Ranking Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isPositive)
    {
        if (scores.Length != isPositive.Length)
            throw new ArgumentException($"{scores.Length} scores do not match {isPositive.Length} labels.");
        float[] sorted = scores.ToArray();
        bool[] labels = isPositive.ToArray();
        Array.Sort(sorted, labels);

        var thresholds = new List<float>();
        var truePositives = new List<long>();
        var falsePositives = new List<long>();
        long hits = 0;
        for (int i = sorted.Length - 1; i >= 0; i--)
        {
            if (float.IsNaN(sorted[i]))
                throw new ArgumentException("A score is not a number.");
            hits += labels[i] ? 1 : 0;
            if (i > 0 && sorted[i - 1] == sorted[i])
                continue;
            thresholds.Add(sorted[i]);
            truePositives.Add(hits);
            falsePositives.Add(sorted.Length - i - hits);
        }
        return new Ranking([.. thresholds], [.. truePositives], [.. falsePositives]);
    }

    /// <summary>One class against the rest.</summary>
    public static Ranking OfClass(Predictions predictions, int c)
    {
        float[] scores = new float[predictions.Count];
        bool[] isPositive = new bool[predictions.Count];
        for (int sample = 0; sample < predictions.Count; sample++)
        {
            scores[sample] = predictions.Of(sample)[c];
            isPositive[sample] = predictions.Labels[sample] == c;
        }
        return Of(scores, isPositive);
    }

    /// <summary>All (sample, class) decisions pooled: the micro average.</summary>
    public static Ranking OfAll(Predictions predictions)
    {
        bool[] isPositive = new bool[predictions.Probabilities.Length];
        for (int sample = 0; sample < predictions.Count; sample++)
            isPositive[sample * predictions.Classes + predictions.Labels[sample]] = true;
        return Of(predictions.Probabilities, isPositive);
    }
}
