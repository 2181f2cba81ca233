namespace GpuLstm.Kernels;

/// <summary>A sequence of random numbers that depends on (seed, stream, index) and on nothing else: give each use its
/// stream and each item its index, and the numbers are the same whatever the thread count. A sequence has 2^34 words.
/// Only IEEE-exact operations are used, so the numbers have the same bits on every machine.</summary>
/// <remarks>A mutable struct: keep it in a local variable or pass it by <c>ref</c>; a copy repeats its
/// numbers.</remarks>
public struct PhiloxRandom(ulong seed, uint stream, ulong index)
{
    private uint _block;
    private int _left; // words of the current block not yet handed out
    private uint _word0, _word1, _word2, _word3;
    private float _spareNormal;
    private bool _hasSpareNormal;

    /// <summary>32 random bits.</summary>
    public uint NextUInt()
    {
        if (_left == 0)
        {
            (_word0, _word1, _word2, _word3) = Philox.Next((uint)seed, (uint)(seed >> 32),
                _block++, stream, (uint)index, (uint)(index >> 32));
            _left = 4;
        }
        return _left-- switch { 4 => _word0, 3 => _word1, 2 => _word2, _ => _word3 };
    }

    /// <summary>Uniform in [0, 1), a multiple of 2^-24.</summary>
    public float NextFloat() => Philox.ToUnitFloat(NextUInt());

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>].</summary>
    public float NextFloat(float low, float high) => low + (high - low) * NextFloat();

    /// <summary>Standard normal, two per pair of words (Box and Muller 1958, "A Note on the Generation of Random Normal
    /// Deviates", equations 1 and 2).</summary>
    public float NextNormal()
    {
        if (_hasSpareNormal)
        {
            _hasSpareNormal = false;
            return _spareNormal;
        }
        double u1 = (NextUInt() + 1.0) * (1.0 / (1L << 32)); // (0, 1]: its logarithm is finite
        double u2 = NextUInt() * (1.0 / (1L << 32));
        double radius = Math.Sqrt(-2 * PortableMath.Log(u1));
        (double sine, double cosine) = PortableMath.SinCosOfTurns(u2);
        _spareNormal = (float)(radius * sine);
        _hasSpareNormal = true;
        return (float)(radius * cosine);
    }

    /// <summary>Uniform in 0..n-1 without bias (Lemire 2019, "Fast Random Integer Generation in an Interval",
    /// algorithm 5).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is not positive.</exception>
    public int NextInt(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        ulong product = (ulong)NextUInt() * (uint)n;
        if ((uint)product < (uint)n)
        {
            uint threshold = (uint)((1UL << 32) % (uint)n);
            while ((uint)product < threshold)
                product = (ulong)NextUInt() * (uint)n;
        }
        return (int)(product >> 32);
    }

    /// <summary>Brings the items into a random order, each order equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = NextInt(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
