using System.Globalization;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Training;

/// <summary>What the losses of a class's samples are multiplied by, as Keras's class_weight: <c>balanced</c>, for as
/// much of every class whatever its number of samples, or <c>name=weight,...</c>, 1 for those that are not
/// named.</summary>
public static class ClassWeights
{
    public const string Balanced = "balanced";
    private const float Most = 1e6f;

    /// <exception cref="UsageException">The text is neither form.</exception>
    public static void Check(string text) => Parse(text);

    /// <summary>One for each class; null where all are alike.</summary>
    /// <exception cref="UsageException">A name is none of the data's classes.</exception>
    public static float[]? Of(string? text, Dataset data)
    {
        if (text == null)
            return null;
        float[] weights = new float[data.Classes.Count];
        Array.Fill(weights, 1);
        if (text == Balanced)
        {
            int[] counts = new int[weights.Length];
            foreach (int label in Labels(data.Train))
                counts[label]++;
            int present = counts.Count(count => count > 0), all = counts.Sum();
            for (int c = 0; c < weights.Length; c++)
                weights[c] = counts[c] == 0 ? 1 : (float)all / present / counts[c];
            return weights;
        }
        foreach ((string name, float weight) in Parse(text))
        {
            int index = ClassMatch.IndexOf(data.Classes, name);
            if (index < 0)
                throw new UsageException(
                    $"--class-weights names '{name}'; the data's classes are {string.Join(", ", data.Classes)}.");
            weights[index] = weight;
        }
        return weights;
    }

    private static IEnumerable<int> Labels(Samples samples) =>
        samples is SequenceSamples { StepLabels: { } steps } ? steps.Where(label => label >= 0)
            : samples.Labels.Select(label => (int)label);

    private static List<(string Name, float Weight)> Parse(string text)
    {
        var pairs = new List<(string, float)>();
        foreach (string pair in text == Balanced ? [] : text.Split(','))
        {
            int at = pair.LastIndexOf('=');
            CultureInfo invariant = CultureInfo.InvariantCulture;
            if (at < 1 || !float.TryParse(pair[(at + 1)..], NumberStyles.Float, invariant, out float weight)
                || !(weight is >= 0 and <= Most))
                throw new UsageException($"--class-weights takes {Balanced} or name=weight,...; '{pair}' is neither.");
            pairs.Add((pair[..at].Trim(), weight));
        }
        return pairs;
    }
}
