using GpuLstm.Kernels;

namespace GpuLstm.Runtime.Data;

/// <summary>Divides pooled samples anew into training and test, in random order, each class in the same
/// ratio.</summary>
public static class StratifiedSplit
{
    private const uint Stream = 0x53504C54; // "SPLT"

    /// <summary>Pools the parts, shuffles by seed, and divides class by class.</summary>
    /// <param name="parts">Samples of one kind and size; every sample goes to exactly one side.</param>
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
        Samples pool = Samples.Join(parts);
        int total = pool.Count;
        int[] order = new int[total];
        for (int i = 0; i < total; i++)
            order[i] = i;
        new PhiloxRandom(seed, stream, 0).Shuffle<int>(order);

        int[] wanted = new int[Samples.MostClasses]; // per class, for training; counted down while taking
        foreach (byte label in pool.Labels)
            wanted[label]++;
        wanted = first(wanted);
        int trainCount = wanted.Sum();

        int[] train = new int[trainCount], test = new int[total - trainCount];
        int trained = 0, tested = 0;
        foreach (int index in order)
            if (wanted[pool.Labels[index]]-- > 0)
                train[trained++] = index;
            else
                test[tested++] = index;
        return (pool.Select(train), pool.Select(test));
    }
}
