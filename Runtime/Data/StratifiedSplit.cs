using GpuLstm.Kernels;

namespace GpuLstm.Runtime.Data;

/// <summary>Divides pooled samples anew into training and test, in random order, each class in the same
/// ratio.</summary>
public static class StratifiedSplit
{
    private const uint Stream = 0x53504C54; // "SPLT"

    /// <summary>Pools the parts, shuffles by seed, and divides class by class.</summary>
    /// <param name="parts">Samples of equal T and I; every sample goes to exactly one side.</param>
    /// <param name="ratio">Training to test.</param>
    /// <param name="seed">Decides order and membership.</param>
    /// <exception cref="GpuLstmException">There are too few samples to have both sides.</exception>
    public static (Samples Train, Samples Test) Divide(IReadOnlyList<Samples> parts, SplitRatio ratio, ulong seed)
    {
        (Samples train, Samples test) = Divide(
            parts, counts => [.. counts.Select(ratio.TrainCount)], seed, Stream);
        return test.Count > 0 ? (train, test) : throw new GpuLstmException(
            $"{train.Count} samples are too few for the split {ratio}: at least one class needs two samples.");
    }

    /// <summary>The same, for any number of each class.</summary>
    /// <param name="first">From the numbers of each class's samples: how many go to the first side.</param>
    /// <param name="stream">Of the random numbers: divisions of different purpose are independent.</param>
    internal static (Samples First, Samples Second) Divide(
        IReadOnlyList<Samples> parts, Func<int[], int[]> first, ulong seed, uint stream)
    {
        int total = parts.Sum(part => part.Count);
        int[] order = new int[total];
        for (int i = 0; i < total; i++)
            order[i] = i;
        new PhiloxRandom(seed, stream, 0).Shuffle<int>(order);

        int[] wanted = new int[byte.MaxValue + 1]; // per class, for training; counted down while taking
        foreach (Samples part in parts)
            foreach (byte label in part.Labels)
                wanted[label]++;
        wanted = first(wanted);
        int trainCount = wanted.Sum();

        Writer train = new(trainCount, parts[0]), test = new(total - trainCount, parts[0]);
        foreach (int index in order)
        {
            (Samples part, int at) = Locate(parts, index);
            Writer side = wanted[part.Labels[at]]-- > 0 ? train : test;
            side.Add(part[at], part.Labels[at]);
        }
        return (train.Samples, test.Samples);
    }

    private static (Samples Part, int Index) Locate(IReadOnlyList<Samples> parts, int index)
    {
        int part = 0;
        while (index >= parts[part].Count)
            index -= parts[part++].Count;
        return (parts[part], index);
    }

    /// <summary>Fills samples of a known number, one after the other.</summary>
    private sealed class Writer(int count, Samples like)
    {
        private int _next;

        public Samples Samples { get; } = like with
        {
            Items = GC.AllocateUninitializedArray<byte>(count * like.TimeSteps * like.InputSize),
            Labels = new byte[count],
        };

        public void Add(ReadOnlySpan<byte> item, byte label)
        {
            item.CopyTo(Samples.Items.AsSpan(_next * item.Length));
            Samples.Labels[_next++] = label;
        }
    }
}
