using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Language;

/// <summary>Indivisible changes of an int, uint or (Add, Exchange) float in shared or global memory; each returns the
/// old value. A sum of floats depends on the order of arrival, so training has none.</summary>
public static class Atomic
{
    public static int Add(ref int target, int value) => Interlocked.Add(ref target, value) - value;
    public static uint Add(ref uint target, uint value) => Interlocked.Add(ref target, value) - value;
    public static float Add(ref float target, float value)
    {
        float seen;
        do
            seen = Volatile.Read(ref target);
        while (BitConverter.SingleToInt32Bits(Interlocked.CompareExchange(ref target, seen + value, seen))
            != BitConverter.SingleToInt32Bits(seen));
        return seen;
    }

    public static int Min(ref int target, int value) => Update(ref target, value, Math.Min);
    public static uint Min(ref uint target, uint value) => Update(ref target, value, Math.Min);
    public static int Max(ref int target, int value) => Update(ref target, value, Math.Max);
    public static uint Max(ref uint target, uint value) => Update(ref target, value, Math.Max);

    public static int And(ref int target, int value) => Interlocked.And(ref target, value);
    public static uint And(ref uint target, uint value) => Interlocked.And(ref target, value);
    public static int Or(ref int target, int value) => Interlocked.Or(ref target, value);
    public static uint Or(ref uint target, uint value) => Interlocked.Or(ref target, value);
    public static int Xor(ref int target, int value) => Update(ref target, value, (a, b) => a ^ b);
    public static uint Xor(ref uint target, uint value) => Update(ref target, value, (a, b) => a ^ b);

    public static int Exchange(ref int target, int value) => Interlocked.Exchange(ref target, value);
    public static uint Exchange(ref uint target, uint value) => Interlocked.Exchange(ref target, value);
    public static float Exchange(ref float target, float value) => Interlocked.Exchange(ref target, value);

    /// <summary>Writes <paramref name="value"/> if the target holds <paramref name="compare"/>.</summary>
    public static int CompareExchange(ref int target, int compare, int value) =>
        Interlocked.CompareExchange(ref target, value, compare);
    /// <inheritdoc cref="CompareExchange(ref int, int, int)"/>
    public static uint CompareExchange(ref uint target, uint compare, uint value) =>
        Interlocked.CompareExchange(ref target, value, compare);

    private static int Update(ref int target, int value, Func<int, int, int> combine)
    {
        int seen;
        do
            seen = Volatile.Read(ref target);
        while (Interlocked.CompareExchange(ref target, combine(seen, value), seen) != seen);
        return seen;
    }

    private static uint Update(ref uint target, uint value, Func<uint, uint, uint> combine)
    {
        uint seen;
        do
            seen = Volatile.Read(ref target);
        while (Interlocked.CompareExchange(ref target, combine(seen, value), seen) != seen);
        return seen;
    }
}
