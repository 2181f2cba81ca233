using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace GpuLstm.Kernels.Cpu;

/// <summary>The few vector operations that the CPU kernels are written in, once for every width. Implementations are
/// empty structs, so the JIT specialises and inlines each call down to one instruction.</summary>
/// <typeparam name="V">The vector of floats.</typeparam>
public interface ISimd<V> where V : unmanaged
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Rows of the register tile: rows x 4 accumulators, four vectors of B and one broadcast must fit the
    /// registers.</summary>
    static abstract int TileRows { get; }

    static abstract unsafe V Load(float* source);
    static abstract unsafe void Store(float* target, V value);

    /// <summary>The first <paramref name="count"/> floats, fewer than <see cref="Width"/>, the rest zero; nothing
    /// beyond is read. No call and no address of a local: either would put a loop's sums on the stack.</summary>
    static abstract unsafe V LoadPart(float* source, int count);

    /// <summary>Writes the first <paramref name="count"/> floats, fewer than <see cref="Width"/>.</summary>
    static abstract unsafe void StorePart(float* target, V value, int count);

    static abstract V Set(float value);
    static abstract V Add(V a, V b);
    static abstract V Sub(V a, V b);
    static abstract V Mul(V a, V b);
    static abstract V Div(V a, V b);
    static abstract V Sqrt(V a);

    /// <summary>a * b + c, rounded once where the processor can.</summary>
    static abstract V Fma(V a, V b, V c);

    /// <summary>The smaller; a NaN in <paramref name="value"/> stays (the bound never is one).</summary>
    static abstract V Min(V bound, V value);

    /// <summary>The larger; a NaN in <paramref name="value"/> stays (the bound never is one).</summary>
    static abstract V Max(V bound, V value);

    /// <summary>Nearest integer, ties to even.</summary>
    static abstract V Round(V a);

    /// <summary>value * 2^exponent, for integral exponents in [-160, 160], through denormals and infinity.</summary>
    static abstract V Scale(V value, V exponent);

    /// <summary>Widens <see cref="Width"/> bytes.</summary>
    static abstract unsafe V LoadBytes(byte* source);

    /// <summary>The sum of the lanes, in one fixed order.</summary>
    static abstract float Sum(V a);
}

/// <summary>512-bit vectors: AVX-512.</summary>
public readonly struct Simd512 : ISimd<Vector512<float>>
{
    public static int Width => 16;
    public static int TileRows => 6;
    public static unsafe Vector512<float> Load(float* source) => Vector512.Load(source);
    public static unsafe void Store(float* target, Vector512<float> value) => Vector512.Store(value, target);

    public static unsafe Vector512<float> LoadPart(float* source, int count) => Avx512F.IsSupported
        ? Avx512F.MaskLoad(source, First(count), Vector512<float>.Zero)
        : count >= 8 ? Vector512.Create(Vector256.Load(source), Simd256.LoadPart(source + 8, count - 8))
        : Vector512.Create(Simd256.LoadPart(source, count), default);

    public static unsafe void StorePart(float* target, Vector512<float> value, int count)
    {
        if (Avx512F.IsSupported)
            Avx512F.MaskStore(target, First(count), value);
        else if (count >= 8)
        {
            Vector256.Store(value.GetLower(), target);
            Simd256.StorePart(target + 8, value.GetUpper(), count - 8);
        }
        else
            Simd256.StorePart(target, value.GetLower(), count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> First(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    public static Vector512<float> Set(float value) => Vector512.Create(value);
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;
    public static Vector512<float> Sub(Vector512<float> a, Vector512<float> b) => a - b;
    public static Vector512<float> Mul(Vector512<float> a, Vector512<float> b) => a * b;
    public static Vector512<float> Div(Vector512<float> a, Vector512<float> b) => a / b;
    public static Vector512<float> Sqrt(Vector512<float> a) => Vector512.Sqrt(a);
    public static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.MultiplyAddEstimate(a, b, c);
    public static Vector512<float> Min(Vector512<float> bound, Vector512<float> value) =>
        Vector512.MinNative(bound, value);
    public static Vector512<float> Max(Vector512<float> bound, Vector512<float> value) =>
        Vector512.MaxNative(bound, value);
    public static Vector512<float> Round(Vector512<float> a) => Vector512.Round(a);

    public static Vector512<float> Scale(Vector512<float> value, Vector512<float> exponent) => Avx512F.IsSupported
        ? Avx512F.Scale(value, exponent)
        : Vector512.Create(Simd256.Scale(value.GetLower(), exponent.GetLower()),
            Simd256.Scale(value.GetUpper(), exponent.GetUpper()));

    public static unsafe Vector512<float> LoadBytes(byte* source) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(source)))
        : Vector512.Create(Simd256.LoadBytes(source), Simd256.LoadBytes(source + 8));

    public static float Sum(Vector512<float> a) => Simd256.Sum(a.GetLower() + a.GetUpper());
}

/// <summary>256-bit vectors: AVX2 with FMA.</summary>
public readonly struct Simd256 : ISimd<Vector256<float>>
{
    public static int Width => 8;
    // with AVX-512VL there are 32 registers at this width too
    public static int TileRows => Avx512F.VL.IsSupported ? 6 : 3;
    public static unsafe Vector256<float> Load(float* source) => Vector256.Load(source);
    public static unsafe void Store(float* target, Vector256<float> value) => Vector256.Store(value, target);

    public static unsafe Vector256<float> LoadPart(float* source, int count) => Avx.IsSupported
        ? Avx.MaskLoad(source, First(count))
        : count >= 4 ? Vector256.Create(Vector128.Load(source), Simd128.LoadPart(source + 4, count - 4))
        : Vector256.Create(Simd128.LoadPart(source, count), default);

    public static unsafe void StorePart(float* target, Vector256<float> value, int count)
    {
        if (Avx.IsSupported)
            Avx.MaskStore(target, First(count), value);
        else if (count >= 4)
        {
            Vector128.Store(value.GetLower(), target);
            Simd128.StorePart(target + 4, value.GetUpper(), count - 4);
        }
        else
            Simd128.StorePart(target, value.GetLower(), count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> First(int count) =>
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    public static Vector256<float> Set(float value) => Vector256.Create(value);
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;
    public static Vector256<float> Sub(Vector256<float> a, Vector256<float> b) => a - b;
    public static Vector256<float> Mul(Vector256<float> a, Vector256<float> b) => a * b;
    public static Vector256<float> Div(Vector256<float> a, Vector256<float> b) => a / b;
    public static Vector256<float> Sqrt(Vector256<float> a) => Vector256.Sqrt(a);
    public static Vector256<float> Fma(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.MultiplyAddEstimate(a, b, c);
    public static Vector256<float> Min(Vector256<float> bound, Vector256<float> value) =>
        Vector256.MinNative(bound, value);
    public static Vector256<float> Max(Vector256<float> bound, Vector256<float> value) =>
        Vector256.MaxNative(bound, value);
    public static Vector256<float> Round(Vector256<float> a) => Vector256.Round(a);

    public static Vector256<float> Scale(Vector256<float> value, Vector256<float> exponent)
    {
        // Two factors, because 2^exponent alone leaves the normal range before the product does.
        Vector256<int> n = Vector256.ConvertToInt32Native(exponent);
        Vector256<int> half = n >> 1;
        return value * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    public static unsafe Vector256<float> LoadBytes(byte* source)
    {
        (Vector128<ushort> words, _) = Vector128.Widen(Vector128.CreateScalar(*(ulong*)source).AsByte());
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(words);
        return Vector256.ConvertToSingle(Vector256.Create(low, high).AsInt32());
    }

    public static float Sum(Vector256<float> a) => Simd128.Sum(a.GetLower() + a.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PowerOfTwo(Vector256<int> n) => ((n + Vector256.Create(127)) << 23).AsSingle();
}

/// <summary>128-bit vectors: SSE and NEON, and the fallback of any other processor.</summary>
public readonly struct Simd128 : ISimd<Vector128<float>>
{
    public static int Width => 4;
    public static int TileRows => Avx512F.VL.IsSupported || AdvSimd.IsSupported ? 6 : 3;
    public static unsafe Vector128<float> Load(float* source) => Vector128.Load(source);
    public static unsafe void Store(float* target, Vector128<float> value) => Vector128.Store(value, target);

    public static unsafe Vector128<float> LoadPart(float* source, int count) => Vector128.Create(
        count > 0 ? source[0] : 0, count > 1 ? source[1] : 0, count > 2 ? source[2] : 0, 0);

    public static unsafe void StorePart(float* target, Vector128<float> value, int count)
    {
        if (count > 0)
            target[0] = value[0];
        if (count > 1)
            target[1] = value[1];
        if (count > 2)
            target[2] = value[2];
    }

    public static Vector128<float> Set(float value) => Vector128.Create(value);
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;
    public static Vector128<float> Sub(Vector128<float> a, Vector128<float> b) => a - b;
    public static Vector128<float> Mul(Vector128<float> a, Vector128<float> b) => a * b;
    public static Vector128<float> Div(Vector128<float> a, Vector128<float> b) => a / b;
    public static Vector128<float> Sqrt(Vector128<float> a) => Vector128.Sqrt(a);
    public static Vector128<float> Fma(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.MultiplyAddEstimate(a, b, c);
    public static Vector128<float> Min(Vector128<float> bound, Vector128<float> value) =>
        Vector128.MinNative(bound, value);
    public static Vector128<float> Max(Vector128<float> bound, Vector128<float> value) =>
        Vector128.MaxNative(bound, value);
    public static Vector128<float> Round(Vector128<float> a) => Vector128.Round(a);

    public static Vector128<float> Scale(Vector128<float> value, Vector128<float> exponent)
    {
        Vector128<int> n = Vector128.ConvertToInt32Native(exponent);
        Vector128<int> half = n >> 1;
        return value * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    public static unsafe Vector128<float> LoadBytes(byte* source)
    {
        (Vector128<ushort> words, _) = Vector128.Widen(Vector128.CreateScalar(*(uint*)source).AsByte());
        (Vector128<uint> low, _) = Vector128.Widen(words);
        return Vector128.ConvertToSingle(low.AsInt32());
    }

    public static float Sum(Vector128<float> a) => (a[0] + a[2]) + (a[1] + a[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> PowerOfTwo(Vector128<int> n) => ((n + Vector128.Create(127)) << 23).AsSingle();
}
