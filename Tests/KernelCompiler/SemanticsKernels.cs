using System.ComponentModel;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>Kernels whose C# result is the truth for what the text computes on a device.</summary>
public static partial class SemanticsKernels
{
    public const int IntResults = 12, FloatResults = 10, GroupItems = 32;

    [Kernel]
    public static void Integers(Index1D i, ArrayView<int> a, ArrayView<int> b, ArrayView<int> results)
    {
        ArrayView<int> r = results.SubView((long)i * IntResults, IntResults);
        int x = a[i], y = b[i];
        r[0] = x + y;
        r[1] = x * y - 7;
        r[2] = x << y;
        r[3] = x >> y;
        r[4] = x >>> y;
        r[5] = y > 0 ? x / y : x % 3;
        r[6] = y > 0 ? x % y : -x;
        long wide = (long)x * y + x;
        r[7] = (int)(wide >> 7);
        r[8] = (byte)x + (short)y;
        uint unsigned = (uint)x * 0x9E3779B9 >> 5;
        r[9] = (int)unsigned;
        r[10] = x switch { 0 => 1, > 100 => 2, < -100 => 3, _ => y is 1 or 2 ? 4 : 5 };
        x += y;
        x++;
        r[11] = x ^ y & ~x | Math.Max(x, y);
    }

    [Kernel]
    public static void Floats(Index1D i, ArrayView<float> a, ArrayView<float> b, ArrayView<int> results)
    {
        ArrayView<int> r = results.SubView((long)i * FloatResults, FloatResults);
        float x = a[i], y = b[i];
        r[0] = (int)x;
        r[1] = (int)(uint)x;
        r[2] = (int)((long)x >> 3);
        r[3] = BitConverter.SingleToInt32Bits(MathF.Max(x, y)) & (float.IsNaN(x) || float.IsNaN(y) ? 0x7F800000 : -1);
        r[4] = BitConverter.SingleToInt32Bits(MathF.Min(x, y)) & (float.IsNaN(x) || float.IsNaN(y) ? 0x7F800000 : -1);
        r[5] = x < y ? 1 : x == y ? 2 : 3;
        r[6] = (int)MathF.Round(XMath.Clamp(x, -1000, 1000));
        // rounded twice
        r[7] = BitConverter.SingleToInt32Bits(x * 0.5f + y) & (float.IsNaN(x + y) || float.IsInfinity(x) ? 0 : -1);
        r[8] = (int)MathF.Truncate(XMath.Clamp(y, -9, 9)) * 3;
        r[9] = float.IsFinite(x) ? (int)(XMath.Clamp(x, -50, 50) % 3f * 8) : -1;
    }

    /// <summary>Barriers, votes, a broadcast, atomics and a helper on both kinds of memory.</summary>
    [Kernel]
    public static void Groups(ArrayView<int> x, ArrayView<int> results, ArrayView<int> counters,
        [DefaultValue(3)] SpecializedValue<int> factor)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(GroupItems);
        ArrayView<int> own = LocalMemory.Allocate<int>(factor);
        int place = Grid.IdxX * Group.DimX + Group.LinearIndex;
        for (int k = 0; k < Loop.Unroll(factor); k++)
            own[k] = x[place] + k;
        shared[Group.IdxX] = own[factor - 1];
        Group.Barrier();
        int neighbour = Pick(shared, Group.IdxX + 1) + Pick(x, place);
        int even = Group.BarrierPopCount(x[place] % 2 == 0);
        bool all = Group.BarrierAnd(x[place] > -1000);
        int first = Group.Broadcast(x[place], 1);
        int old = Atomic.Add(ref counters[0], x[place]);
        int least = Atomic.Min(ref counters[1], x[place] + (old - old));
        results[place] = neighbour * factor + even * 1000 + (all ? 1 : 0) + first * 100000 + (least - least);
    }

    /// <summary>Vectors in one access, a dynamic shared array, structs by value.</summary>
    [Kernel]
    public static void Vectors(ArrayView<Float4> x, ArrayView<float> sums, Pair pair)
    {
        ArrayView<Float4> shared = SharedMemory.GetDynamic<Float4>();
        shared[Group.IdxX] = x[Group.IdxX] * pair.Scale + new Float4(1, 2, 3, pair.Offset);
        Group.Barrier();
        Float4 other = shared[Group.DimX - 1 - Group.IdxX];
        other = Fused.MultiplyAdd(other, 2, x.SubView(1)[Group.IdxX]);
        (float low, float high) = Halves(other);
        sums[Group.IdxX] = low - high;
    }

    public struct Pair
    {
        public float Scale;
        public int Offset;
    }

    private static (float Low, float High) Halves(Float4 v) => (v.X + v.Y, v.Z + v.W);

    private static int Pick(ArrayView<int> view, int i) => view[(int)(i % view.Length)];
}
