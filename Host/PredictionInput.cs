using System.Globalization;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Host;

/// <summary>Samples to predict.</summary>
/// <param name="Names">[N] what people call each.</param>
/// <param name="Truths">[N] the true classes, where known.</param>
public sealed record PredictionInput(Samples Samples, IReadOnlyList<string> Names, IReadOnlyList<int?> Truths)
{
    /// <summary>Test samples of a data set.</summary>
    /// <exception cref="UsageException">The indices are none, or out of range.</exception>
    public static PredictionInput Of(Dataset data, string wanted)
    {
        int[] indices = [.. Indices(wanted, data.Test.Count)];
        return new(data.Test.Select(indices), [.. indices.Select(i => $"{data.Name} test {i}")],
            [.. indices.Select(i => (int?)data.Test.Labels[i])]);
    }

    /// <summary>Inputs of the same kind, one after the other.</summary>
    public static PredictionInput Join(IReadOnlyList<PredictionInput> parts) => new(
        Samples.Join([.. parts.Select(part => part.Samples)]), [.. parts.SelectMany(part => part.Names)],
        [.. parts.SelectMany(part => part.Truths)]);

    /// <summary>The indices that 7, 0..9 or 3,5,8 mean.</summary>
    private static List<int> Indices(string wanted, int count)
    {
        var indices = new List<int>();
        foreach (string part in wanted.Split(','))
        {
            string[] ends = part.Split("..");
            if (ends.Length > 2 || !ends.All(e =>
                int.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
                throw new UsageException($"--index takes forms like 7, 0..9 or 3,5,8; '{wanted}' is none.");
            (int from, int to) = (int.Parse(ends[0], CultureInfo.InvariantCulture),
                int.Parse(ends[^1], CultureInfo.InvariantCulture));
            if (from > to || to >= count)
                throw new UsageException($"--index must lie within 0..{count - 1}; it is '{wanted}'.");
            indices.AddRange(Enumerable.Range(from, to - from + 1));
        }
        return indices;
    }
}
