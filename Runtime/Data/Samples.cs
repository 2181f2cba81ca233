using System.Runtime.InteropServices;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Data;

/// <summary>Sequences on the host, with what is to be answered of each: a class, a class at every step, or
/// numbers.</summary>
/// <param name="Labels">[N] class numbers; all 0 where something else is answered.</param>
/// <param name="TimeSteps">T, of the longest.</param>
/// <param name="InputSize">I: values of a step.</param>
public abstract record Samples(byte[] Labels, int TimeSteps, int InputSize)
{
    public const int MostClasses = byte.MaxValue + 1;

    public virtual int Count => Labels.Length;

    /// <summary>What is to be answered.</summary>
    public virtual Head Head => Head.Class;

    /// <summary>M: numbers that are to be answered of each; 0: classes are.</summary>
    public virtual int AnswerSize => 0;

    /// <summary>One of the M numbers that are true of a sample, in its own units.</summary>
    public virtual float Truth(int index, int number) => throw new NotSupportedException();

    /// <summary>A network's answer about one, in the true numbers' units.</summary>
    /// <param name="answer">[M] as the network gives it.</param>
    /// <param name="values">[M] overwritten.</param>
    public virtual void ToUnits(int index, ReadOnlySpan<float> answer, InputScale scale, Span<double> values) =>
        throw new NotSupportedException();

    /// <summary>Whether some are shorter than others.</summary>
    public abstract bool HasLengths { get; }

    /// <summary>The content of one, whole, as bytes.</summary>
    public abstract ReadOnlySpan<byte> Bytes(int index);

    /// <summary>The content of all, as bytes.</summary>
    public abstract ReadOnlySpan<byte> Bytes();

    /// <summary>A copy of some, in the order given.</summary>
    public abstract Samples Select(ReadOnlySpan<int> indices);

    /// <summary>Samples of one kind and size, part after part.</summary>
    /// <param name="parts">At least one.</param>
    public static Samples Join(IReadOnlyList<Samples> parts) => parts.Count == 1 ? parts[0] : parts[0].JoinAll(parts);

    private protected abstract Samples JoinAll(IReadOnlyList<Samples> parts);

    private protected static T[] Concat<T>(IReadOnlyList<Samples> parts, Func<Samples, T[]> values)
    {
        T[] all = new T[parts.Sum(part => values(part).Length)];
        int at = 0;
        foreach (Samples part in parts)
        {
            values(part).CopyTo(all, at);
            at += values(part).Length;
        }
        return all;
    }

    /// <summary>The same with the steps of each in the opposite order.</summary>
    public virtual Samples Reversed() => throw new NotSupportedException();

    /// <summary>The first <paramref name="count"/>, or all when there are fewer; a copy only when it must be
    /// shorter.</summary>
    public Samples Take(int count) => count >= Count ? this : Select([.. Enumerable.Range(0, count)]);

    private protected byte[] LabelsOf(ReadOnlySpan<int> indices)
    {
        byte[] labels = new byte[indices.Length];
        for (int i = 0; i < indices.Length; i++)
            labels[i] = Labels[indices[i]];
        return labels;
    }
}

/// <summary>Images, read row by row.</summary>
/// <param name="Items">[N, T, I] values 0..255, one image after the other, rows in reading order.</param>
/// <param name="TimeSteps">T: rows of an image.</param>
/// <param name="InputSize">I: pixels of a row.</param>
public sealed record ImageSamples(byte[] Items, byte[] Labels, int TimeSteps, int InputSize)
    : Samples(Labels, TimeSteps, InputSize)
{
    /// <summary>One image, [T, I].</summary>
    public ReadOnlySpan<byte> this[int index] => Items.AsSpan(index * TimeSteps * InputSize, TimeSteps * InputSize);

    public override bool HasLengths => false;

    /// <summary>The same with rows and columns of each image exchanged.</summary>
    public ImageSamples Transposed()
    {
        byte[] items = new byte[Items.Length];
        for (int start = 0; start < items.Length; start += TimeSteps * InputSize)
            for (int row = 0; row < TimeSteps; row++)
                for (int column = 0; column < InputSize; column++)
                    items[start + column * TimeSteps + row] = Items[start + row * InputSize + column];
        return new(items, Labels, InputSize, TimeSteps);
    }

    public override ImageSamples Reversed()
    {
        byte[] items = new byte[Items.Length];
        for (int row = 0; row < Items.Length / InputSize; row++)
            Items.AsSpan(row * InputSize, InputSize).CopyTo(items.AsSpan(
                (row / TimeSteps * TimeSteps + TimeSteps - 1 - row % TimeSteps) * InputSize));
        return this with { Items = items };
    }

    public override ReadOnlySpan<byte> Bytes(int index) => this[index];

    public override ReadOnlySpan<byte> Bytes() => Items;

    public override ImageSamples Select(ReadOnlySpan<int> indices)
    {
        int size = TimeSteps * InputSize;
        byte[] items = GC.AllocateUninitializedArray<byte>(indices.Length * size);
        for (int i = 0; i < indices.Length; i++)
            this[indices[i]].CopyTo(items.AsSpan(i * size));
        return new(items, LabelsOf(indices), TimeSteps, InputSize);
    }

    private protected override ImageSamples JoinAll(IReadOnlyList<Samples> parts) => new(
        Concat(parts, part => ((ImageSamples)part).Items), Concat(parts, part => part.Labels), TimeSteps, InputSize);
}

/// <summary>Sequences of numbers, each of its own length.</summary>
/// <param name="Values">[S, I]: the steps of all sequences, one sequence after the other. NaN: missing.</param>
/// <param name="Lengths">[N] steps of each, at least 1.</param>
/// <param name="InputSize">I: features.</param>
public sealed record SequenceSamples(float[] Values, int[] Lengths, byte[] Labels, int InputSize)
    : Samples(Labels, Lengths.Length == 0 ? 1 : Lengths.Max(), InputSize)
{
    private int[]? _starts;

    /// <summary>[N, M] the numbers to be answered of each; null: none are.</summary>
    public float[]? Targets { get; init; }

    /// <summary>[S] a class at every step, below 0 where none is told; null: classes are not of steps.</summary>
    public int[]? StepLabels { get; init; }

    public override Head Head => Targets != null ? Head.Values : StepLabels != null ? Head.StepClasses : Head.Class;

    public override int AnswerSize => Targets is null || Count == 0 ? 0 : Targets.Length / Count;

    public override float Truth(int index, int number) => Targets![index * AnswerSize + number];

    public override void ToUnits(int index, ReadOnlySpan<float> answer, InputScale scale, Span<double> values)
    {
        for (int k = 0; k < values.Length; k++)
            values[k] = answer[k] * (double)scale.Targets!.Deviations[k] + scale.Targets.Means[k];
    }

    /// <summary>[N] the first step of each among those of all.</summary>
    public int[] Starts => _starts ??= Sum(Lengths);

    /// <summary>One sequence, [length, I].</summary>
    public ReadOnlySpan<float> this[int index] => Values.AsSpan(Starts[index] * InputSize, Lengths[index] * InputSize);

    public override bool HasLengths => Lengths.AsSpan().IndexOfAnyExcept(TimeSteps) >= 0;

    public override SequenceSamples Reversed() => Chosen(i => Enumerable.Range(0, Lengths[i]).Reverse());

    /// <summary>The same without the steps of which every value is a given one.</summary>
    /// <exception cref="GpuLstmException">A sequence has no other steps.</exception>
    public SequenceSamples WithoutSteps(float value) => Chosen(i =>
    {
        int[] kept = [.. Enumerable.Range(0, Lengths[i]).Where(step => Values.AsSpan((Starts[i] + step) * InputSize,
            InputSize).IndexOfAnyExcept(value) >= 0)];
        return kept.Length > 0 ? kept
            : throw new GpuLstmException($"Sequence {i + 1} has only steps that the model masks (all values {value}).");
    });

    /// <summary>Some steps of each sequence, in an order.</summary>
    private SequenceSamples Chosen(Func<int, IEnumerable<int>> steps)
    {
        List<float> values = new(Values.Length);
        int[] lengths = new int[Count];
        for (int i = 0; i < Count; i++)
            foreach (int step in steps(i))
            {
                values.AddRange(Values.AsSpan((Starts[i] + step) * InputSize, InputSize));
                lengths[i]++;
            }
        return new([.. values], lengths, Labels, InputSize) { Targets = Targets };
    }

    public override ReadOnlySpan<byte> Bytes(int index) => MemoryMarshal.AsBytes(this[index]);

    public override ReadOnlySpan<byte> Bytes() => MemoryMarshal.AsBytes<float>(Values);

    public override SequenceSamples Select(ReadOnlySpan<int> indices)
    {
        int[] lengths = new int[indices.Length];
        for (int i = 0; i < indices.Length; i++)
            lengths[i] = Lengths[indices[i]];
        float[] values = new float[lengths.Sum() * InputSize];
        int at = 0;
        foreach (int index in indices)
        {
            this[index].CopyTo(values.AsSpan(at));
            at += Lengths[index] * InputSize;
        }
        return new(values, lengths, LabelsOf(indices), InputSize)
        {
            Targets = Targets is null ? null : Rows(Targets, indices, AnswerSize),
            StepLabels = StepLabels is null ? null
                : [.. indices.ToArray().SelectMany(i => StepLabels.AsSpan(Starts[i], Lengths[i]).ToArray())],
        };
    }

    private static float[] Rows(float[] all, ReadOnlySpan<int> indices, int size)
    {
        float[] rows = new float[indices.Length * size];
        for (int i = 0; i < indices.Length; i++)
            all.AsSpan(indices[i] * size, size).CopyTo(rows.AsSpan(i * size));
        return rows;
    }

    private protected override SequenceSamples JoinAll(IReadOnlyList<Samples> parts) => new(
        Concat(parts, part => ((SequenceSamples)part).Values), Concat(parts, part => ((SequenceSamples)part).Lengths),
        Concat(parts, part => part.Labels), InputSize)
    {
        Targets = Targets is null ? null : Concat(parts, part => ((SequenceSamples)part).Targets!),
        StepLabels = StepLabels is null ? null : Concat(parts, part => ((SequenceSamples)part).StepLabels!),
    };

    private static int[] Sum(int[] lengths)
    {
        int[] starts = new int[lengths.Length];
        for (int i = 1; i < lengths.Length; i++)
            starts[i] = starts[i - 1] + lengths[i - 1];
        return starts;
    }
}
