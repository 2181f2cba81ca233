using GpuLstm.Kernels;

namespace GpuLstm.Tests.Reference;

/// <summary>Inverted dropout, float64.</summary>
public static class ReferenceDropout
{
    /// <summary>Which of <paramref name="count"/> values are kept: those whose number of the sequence (seed, stream,
    /// step) is not below the rate.</summary>
    public static bool[] Mask(int count, double rate, ulong seed, uint stream, uint step)
    {
        PhiloxRandom random = new(seed, stream, step);
        bool[] kept = new bool[count];
        for (int i = 0; i < count; i++)
            kept[i] = random.NextFloat() >= rate;
        return kept;
    }

    /// <summary>x / (1 - rate) where kept, else 0.</summary>
    public static double[] Apply(double[] x, bool[] kept, double rate)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            if (kept[i])
                y[i] = x[i] / (1 - rate);
        return y;
    }
}
