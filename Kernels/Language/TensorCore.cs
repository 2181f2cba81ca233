using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Language;

/// <summary>Products of small matrices by a whole warp (PTX's mma.sync, from sm_80 on; ILGPU has no such words). The
/// lanes hold the matrices in pieces, with g = lane / 4 and t = lane % 4, as the PTX manual draws them in "Matrix
/// Fragments for mma.m16n8k8" and "for mma.m16n8k16". Sums are float32.</summary>
public static class TensorCore
{
    private const int Rows = 16, Columns = 8;

    /// <summary>The nearest number of 10 mantissa bits, ties away from zero: what <see cref="MultiplyAddTf32"/>
    /// takes.</summary>
    public static float RoundTf32(float x) => float.IsNaN(x)
        ? x : BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits(x) + 0x1000) & ~0x1FFF);

    /// <summary>Two bfloat16, rounded to nearest even, in the bits of a float: <paramref name="low"/> in the lower
    /// half.</summary>
    public static float PackBf16(float low, float high) =>
        BitConverter.UInt32BitsToSingle(Bf16(high) << 16 | Bf16(low));

    /// <summary>c + a b for a [16, 8], b [8, 8], c [16, 8].</summary>
    /// <param name="a">(g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4); what is beyond 10 bits of mantissa is
    /// dropped.</param>
    /// <param name="b">(t, g), (t + 4, g), likewise.</param>
    /// <param name="c">(g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1).</param>
    public static Float4 MultiplyAddTf32(
        Float4 a, Float2 b, Float4 c, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        float[] left = new float[Rows * 8], right = new float[8 * Columns];
        ReadOnlySpan<Float4> lefts = Warp.All(a, file, line);
        for (int lane = 0; lane < lefts.Length; lane++)
        {
            (int g, int t) = (lane / 4, lane % 4);
            left[g * 8 + t] = Cut(lefts[lane].X);
            left[(g + 8) * 8 + t] = Cut(lefts[lane].Y);
            left[g * 8 + t + 4] = Cut(lefts[lane].Z);
            left[(g + 8) * 8 + t + 4] = Cut(lefts[lane].W);
        }
        ReadOnlySpan<Float2> rights = Warp.All(b, file, line);
        for (int lane = 0; lane < rights.Length; lane++)
        {
            (int g, int t) = (lane / 4, lane % 4);
            right[t * Columns + g] = Cut(rights[lane].X);
            right[(t + 4) * Columns + g] = Cut(rights[lane].Y);
        }
        return MultiplyAdd(left, right, 8, c);
    }

    /// <summary>c + a b for a [16, 16], b [16, 8], c [16, 8]; a and b in pairs of neighbours along k.</summary>
    /// <param name="a">(g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8), from <see cref="PackBf16"/>.</param>
    /// <param name="b">(2t, g), (2t + 8, g), from <see cref="PackBf16"/>.</param>
    /// <param name="c">As in <see cref="MultiplyAddTf32"/>.</param>
    public static Float4 MultiplyAddBf16(
        Float4 a, Float2 b, Float4 c, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        float[] left = new float[Rows * 16], right = new float[16 * Columns];
        ReadOnlySpan<Float4> lefts = Warp.All(a, file, line);
        for (int lane = 0; lane < lefts.Length; lane++)
        {
            (int g, int t) = (lane / 4, lane % 4);
            Unpack(lefts[lane].X, left, g * 16 + 2 * t, 1);
            Unpack(lefts[lane].Y, left, (g + 8) * 16 + 2 * t, 1);
            Unpack(lefts[lane].Z, left, g * 16 + 2 * t + 8, 1);
            Unpack(lefts[lane].W, left, (g + 8) * 16 + 2 * t + 8, 1);
        }
        ReadOnlySpan<Float2> rights = Warp.All(b, file, line);
        for (int lane = 0; lane < rights.Length; lane++)
        {
            (int g, int t) = (lane / 4, lane % 4);
            Unpack(rights[lane].X, right, 2 * t * Columns + g, Columns);
            Unpack(rights[lane].Y, right, (2 * t + 8) * Columns + g, Columns);
        }
        return MultiplyAdd(left, right, 16, c);
    }

    private static Float4 MultiplyAdd(float[] left, float[] right, int depth, Float4 c)
    {
        (int g, int t) = (Warp.LaneIdx / 4, Warp.LaneIdx % 4);
        return new(Sum(g, 2 * t, c.X), Sum(g, 2 * t + 1, c.Y), Sum(g + 8, 2 * t, c.Z), Sum(g + 8, 2 * t + 1, c.W));

        float Sum(int row, int column, float start)
        {
            double sum = start; // the order of a tensor core's additions is not said
            for (int k = 0; k < depth; k++)
                sum += (double)left[row * depth + k] * right[k * Columns + column];
            return (float)sum;
        }
    }

    /// <summary>The bits of a float that a tensor core looks at.</summary>
    private static float Cut(float x) => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(x) & ~0x1FFF);

    private static void Unpack(float pair, float[] values, int place, int apart)
    {
        uint bits = BitConverter.SingleToUInt32Bits(pair);
        values[place] = BitConverter.UInt32BitsToSingle(bits << 16);
        values[place + apart] = BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000);
    }

    private static uint Bf16(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? 0x7FFF : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    }
}
