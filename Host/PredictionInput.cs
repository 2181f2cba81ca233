using System.Globalization;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Host;

/// <summary>Samples to predict.</summary>
/// <param name="Names">[N] what people call each.</param>
/// <param name="Truths">[N] the true classes, where known.</param>
public sealed record PredictionInput(Samples Samples, IReadOnlyList<string> Names, IReadOnlyList<int?> Truths)
{
    /// <summary>Whether the samples' numbers are the true ones.</summary>
    public bool HasTruths { get; init; }

    /// <summary>[S] the true class of each step, below 0 where none is known; null: of none.</summary>
    public int[]? StepTruths { get; init; }

    /// <summary>Test samples of a data set.</summary>
    /// <exception cref="UsageException">The indices are none, or out of range.</exception>
    public static PredictionInput Of(Dataset data, string wanted)
    {
        int[] indices = [.. Indices(wanted, data.Test.Count)];
        Samples samples = data.Test.Select(indices);
        return new PredictionInput(samples, [.. indices.Select(i => $"{data.Name} test {i}")],
            [.. indices.Select(i => samples.Head == Head.Class ? (int?)data.Test.Labels[i] : null)])
        {
            HasTruths = true,
        }.Asked(samples.Head, samples.AnswerSize);
    }

    /// <summary>The samples as a model is asked about them: at every step, and for as many numbers as it
    /// answers.</summary>
    public PredictionInput Asked(Head head, int numbers) => (head, Samples) switch
    {
        (Head.StepClasses, SequenceSamples { Values: var values } steps) => this with
        {
            StepTruths = steps.StepLabels,
            Samples = steps with { StepLabels = new int[values.Length / steps.InputSize] },
        },
        (Head.Values, SequenceSamples { Targets: null } unknown) => this with
        {
            HasTruths = false, Samples = unknown with { Targets = new float[unknown.Count * numbers] },
        },
        _ => this,
    };

    /// <summary>Inputs of the same kind, one after the other.</summary>
    public static PredictionInput Join(IReadOnlyList<PredictionInput> parts) => new(
        Samples.Join([.. parts.Select(part => part.Samples)]), [.. parts.SelectMany(part => part.Names)],
        [.. parts.SelectMany(part => part.Truths)])
    {
        HasTruths = parts.All(part => part.HasTruths),
        StepTruths = parts.All(part => part.StepTruths is null) ? null
            : [.. parts.SelectMany(part => part.StepTruths ?? Unknown(part.Samples))],
    };

    private static int[] Unknown(Samples samples)
    {
        int[] none = new int[((SequenceSamples)samples).Values.Length / samples.InputSize];
        Array.Fill(none, -1);
        return none;
    }

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
