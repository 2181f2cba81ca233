namespace GpuLstm.Tests.Reference;

/// <summary>Numbers to test with: SplitMix64 (Steele, Lea and Flood 2014), which shares nothing with the product's
/// generator. All are multiples of 2^-12, so that float and double hold the same value.</summary>
public sealed class SampleNumbers(ulong seed)
{
    private const double Grid = 1 << 12;
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 .. count - 1.</summary>
    public int Below(int count) => (int)(Next() % (ulong)count);

    /// <summary>Evenly spread over [-range, range].</summary>
    public double Uniform(double range = 1) =>
        Math.Round((Next() / (double)ulong.MaxValue * 2 - 1) * range * Grid) / Grid;

    public double[] Uniforms(int count, double range = 1)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = Uniform(range);
        return values;
    }

    /// <summary>Zeros and, with probability <paramref name="keep"/>, <paramref name="value"/>.</summary>
    public double[] Mask(int count, double keep, double value = 1)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = Next() / (double)ulong.MaxValue < keep ? value : 0;
        return values;
    }

    public int[] Labels(int count, int classes)
    {
        var labels = new int[count];
        for (int i = 0; i < count; i++)
            labels[i] = Below(classes);
        return labels;
    }
}
