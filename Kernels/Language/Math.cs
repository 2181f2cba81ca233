using System.Numerics;

namespace GpuLstm.Kernels.Language;

/// <summary>The float functions that kernels may call, beside <see cref="MathF"/>, which has the same ones where it
/// can. NaN and signed zero behave as in <see cref="MathF"/>.</summary>
public static class XMath
{
    public const float PI = MathF.PI, E = MathF.E;

    public static float Abs(float x) => MathF.Abs(x);
    public static float Min(float a, float b) => MathF.Min(a, b);
    public static float Max(float a, float b) => MathF.Max(a, b);
    public static int Abs(int x) => Math.Abs(x);
    public static int Min(int a, int b) => Math.Min(a, b);
    public static int Max(int a, int b) => Math.Max(a, b);
    public static float Clamp(float x, float low, float high) => MathF.Min(MathF.Max(x, low), high);

    public static float Sqrt(float x) => MathF.Sqrt(x);
    /// <summary>1 / sqrt(x), rounded twice.</summary>
    public static float Rsqrt(float x) => 1f / MathF.Sqrt(x);
    public static float Rcp(float x) => 1f / x;

    public static float Exp(float x) => MathF.Exp(x);
    public static float Exp2(float x) => MathF.Pow(2f, x);
    public static float Log(float x) => MathF.Log(x);
    public static float Log2(float x) => MathF.Log2(x);
    public static float Log10(float x) => MathF.Log10(x);
    public static float Pow(float x, float y) => MathF.Pow(x, y);

    public static float Sin(float x) => MathF.Sin(x);
    public static float Cos(float x) => MathF.Cos(x);
    public static float Tan(float x) => MathF.Tan(x);
    public static float Tanh(float x) => MathF.Tanh(x);

    public static float Floor(float x) => MathF.Floor(x);
    public static float Ceiling(float x) => MathF.Ceiling(x);

    public static bool IsNaN(float x) => float.IsNaN(x);
    public static bool IsInfinity(float x) => float.IsInfinity(x);
    public static bool IsFinite(float x) => float.IsFinite(x);
}

/// <summary>Integer functions.</summary>
public static class IntrinsicMath
{
    public static int Abs(int x) => Math.Abs(x);
    public static int Min(int a, int b) => Math.Min(a, b);
    public static int Max(int a, int b) => Math.Max(a, b);
    public static long Min(long a, long b) => Math.Min(a, b);
    public static long Max(long a, long b) => Math.Max(a, b);
    public static int Clamp(int x, int low, int high) => Math.Min(Math.Max(x, low), high);
    public static int PopCount(uint x) => BitOperations.PopCount(x);
    public static int PopCount(int x) => BitOperations.PopCount((uint)x);
    /// <summary>a / b rounded up, for a >= 0 and b > 0.</summary>
    public static int DivRoundUp(int a, int b) => (a + b - 1) / b;
    /// <summary>a / b rounded down, for a >= 0 and b > 0.</summary>
    public static int DivRoundDown(int a, int b) => a / b;
}
