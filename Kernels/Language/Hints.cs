using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Language;

/// <summary>Hints about a loop. ILGPU has no such word: a shim returns the argument.</summary>
public static class Loop
{
    /// <summary>The bound of a loop to unroll: <c>for (int k = 0; k &lt; Loop.Unroll(TileK); k++)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Unroll(int bound) => bound;
}

/// <summary>a * b + c in one instruction. ILGPU has no such word: a shim multiplies and adds.</summary>
public static class Fused
{
    /// <summary>a * b + c rounded once. Plain <c>a * b + c</c> is rounded twice, on every accelerator.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>The same for each of four lanes; the factor <paramref name="b"/> is one for all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 MultiplyAdd(Float4 a, float b, Float4 c) => new(
        MultiplyAdd(a.X, b, c.X), MultiplyAdd(a.Y, b, c.Y), MultiplyAdd(a.Z, b, c.Z), MultiplyAdd(a.W, b, c.W));
}
