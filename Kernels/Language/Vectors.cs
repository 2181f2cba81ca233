using System.Runtime.InteropServices;

namespace GpuLstm.Kernels.Language;

/// <summary>Two floats in one 8-byte load or store.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Float2(float x, float y)
{
    public float X = x, Y = y;

    public static Float2 operator +(Float2 a, Float2 b) => new(a.X + b.X, a.Y + b.Y);
    public static Float2 operator -(Float2 a, Float2 b) => new(a.X - b.X, a.Y - b.Y);
    public static Float2 operator *(Float2 a, Float2 b) => new(a.X * b.X, a.Y * b.Y);
    public static Float2 operator *(Float2 a, float b) => new(a.X * b, a.Y * b);
}

/// <summary>Four floats in one 16-byte load or store.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Float4(float x, float y, float z, float w)
{
    public float X = x, Y = y, Z = z, W = w;

    public static Float4 operator +(Float4 a, Float4 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);
    public static Float4 operator -(Float4 a, Float4 b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z, a.W - b.W);
    public static Float4 operator *(Float4 a, Float4 b) => new(a.X * b.X, a.Y * b.Y, a.Z * b.Z, a.W * b.W);
    public static Float4 operator *(Float4 a, float b) => new(a.X * b, a.Y * b, a.Z * b, a.W * b);
}
