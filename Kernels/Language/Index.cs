namespace GpuLstm.Kernels.Language;

/// <summary>A position in, or the extent of, a one-dimensional range. Converts to and from int.</summary>
public readonly record struct Index1D(int X)
{
    public int Size => X;

    public static implicit operator int(Index1D index) => index.X;
    public static implicit operator Index1D(int x) => new(x);

    public bool InBounds(Index1D extent) => X >= 0 && X < extent.X;
}

/// <summary>A position in, or the extent of, a two-dimensional range; X varies fastest.</summary>
public readonly record struct Index2D(int X, int Y)
{
    /// <summary>The number of elements of this extent.</summary>
    public int Size => X * Y;

    public bool InBounds(Index2D extent) => X >= 0 && X < extent.X && Y >= 0 && Y < extent.Y;

    public static Index2D operator +(Index2D a, Index2D b) => new(a.X + b.X, a.Y + b.Y);
    public static Index2D operator -(Index2D a, Index2D b) => new(a.X - b.X, a.Y - b.Y);
    public static Index2D operator *(Index2D a, Index2D b) => new(a.X * b.X, a.Y * b.Y);
    public static Index2D operator /(Index2D a, Index2D b) => new(a.X / b.X, a.Y / b.Y);
}

/// <summary>A position in, or the extent of, a three-dimensional range; X varies fastest.</summary>
public readonly record struct Index3D(int X, int Y, int Z)
{
    /// <summary>The number of elements of this extent.</summary>
    public int Size => X * Y * Z;

    public static implicit operator Index3D(int x) => new(x, 1, 1);
    public static implicit operator Index3D(Index1D x) => new(x.X, 1, 1);
    public static implicit operator Index3D(Index2D xy) => new(xy.X, xy.Y, 1);
    public static implicit operator Index3D((int X, int Y) xy) => new(xy.X, xy.Y, 1);
    public static implicit operator Index3D((int X, int Y, int Z) xyz) => new(xyz.X, xyz.Y, xyz.Z);

    public bool InBounds(Index3D extent) =>
        X >= 0 && X < extent.X && Y >= 0 && Y < extent.Y && Z >= 0 && Z < extent.Z;

    public static Index3D operator +(Index3D a, Index3D b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);
    public static Index3D operator -(Index3D a, Index3D b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);
    public static Index3D operator *(Index3D a, Index3D b) => new(a.X * b.X, a.Y * b.Y, a.Z * b.Z);
    public static Index3D operator /(Index3D a, Index3D b) => new(a.X / b.X, a.Y / b.Y, a.Z / b.Z);
}
