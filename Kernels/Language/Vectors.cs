using System.Runtime.InteropServices;

namespace GpuLstm.Kernels.Language;

/// <summary>Two floats that are loaded and stored at once. ILGPU has no vectors.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Float2(float x, float y)
{
    public float X = x, Y = y;

    public static Float2 operator +(Float2 a, Float2 b) => new(a.X + b.X, a.Y + b.Y);
}

/// <summary>Four floats that are loaded and stored at once, at addresses that are multiples of 16. Kernels hold sums in
/// structs of these: ILGPU unrolls no loop, and an array that a loop indexes would lie in memory, not in
/// registers.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Float4(float x, float y, float z, float w)
{
    public float X = x, Y = y, Z = z, W = w;

    public static Float4 operator +(Float4 a, Float4 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);
    public static Float4 operator *(Float4 a, float b) => new(a.X * b, a.Y * b, a.Z * b, a.W * b);
}
