using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="DrawMask.Run"/>.</summary>
public unsafe struct DrawMaskArguments
{
    public long Count;
    public byte* Mask;    // [Count] overwritten: 1 or 0
    public ulong Seed;
    public uint Stream, Step;
    public float Rate;    // of ones
}

/// <summary>Random bits, those of <see cref="Gpu.Dropout"/>: 1 where dropout of the same rate, seed, stream and step
/// drops.</summary>
public static unsafe class DrawMask
{
    private const int Lanes = 8;           // counters at once
    private const int Values = 4 * Lanes;  // a counter gives four
    private const int Rounds = 10;

    /// <summary>A worker's share.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in DrawMaskArguments a, int worker, int workers)
    {
        long blocks = (a.Count + Values - 1) / Values;
        // word >> 8 is below it where the unit float is below the rate
        ulong threshold = (ulong)Math.Ceiling((double)a.Rate * (1 << 24));
        uint* last = stackalloc uint[Lanes];
        for (long block = blocks * worker / workers; block < blocks * (worker + 1) / workers; block++)
        {
            Vector256<uint> bytes = Block((uint)a.Seed, (uint)(a.Seed >> 32), (ulong)block * Lanes, a.Stream, a.Step,
                threshold);
            long place = block * Values;
            if (place + Values <= a.Count)
                Vector256.Store(bytes, (uint*)(a.Mask + place));
            else
            {
                Vector256.Store(bytes, last);
                Unsafe.CopyBlockUnaligned(a.Mask + place, last, (uint)(a.Count - place));
            }
        }
    }

    /// <summary>Philox (see <see cref="Philox"/>) at eight counters; a lane's four bytes are its words' bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Block(uint key0, uint key1, ulong counter, uint stream, uint step, ulong threshold)
    {
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue), limit = Vector512.Create(threshold);
        Vector512<ulong> multiplier0 = Vector512.Create(0xD2511F53UL), multiplier1 = Vector512.Create(0xCD9E8D57UL);
        Vector512<ulong> c0 = Vector512.Create(counter) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        Vector512<ulong> c1 = Vector512.Create((ulong)stream), c2 = Vector512.Create((ulong)step), c3 = default;
        for (int round = 0; round < Rounds; round++)
        {
            Vector512<ulong> product0 = c0 * multiplier0, product1 = c2 * multiplier1;
            c0 = (product1 >> 32) ^ c1 ^ Vector512.Create((ulong)key0);
            c1 = product1 & low;
            c2 = (product0 >> 32) ^ c3 ^ Vector512.Create((ulong)key1);
            c3 = product0 & low;
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }
        Vector512<ulong> bits = Bit(c0, limit) | (Bit(c1, limit) << 8);
        bits |= (Bit(c2, limit) << 16) | (Bit(c3, limit) << 24);
        return Vector256.Narrow(bits.GetLower(), bits.GetUpper());
    }

    /// <summary>1 where a word's unit float is below the rate, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Bit(Vector512<ulong> words, Vector512<ulong> limit) =>
        Vector512.LessThan(words >> 8, limit) & Vector512.Create(1UL);
}
