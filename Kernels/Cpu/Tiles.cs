using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace GpuLstm.Kernels.Cpu;

/// <summary>How work is cut: into register tiles of rows, into panels of columns, among workers.</summary>
public static unsafe class Tiles<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>Floats of a row from which the columns of a matrix collide in the caches, unless packed.</summary>
    public const int WideRow = 256;

    /// <summary>Columns of a full tile, and of a packed panel: four vectors.</summary>
    public static int PanelWidth => 4 * S.Width;

    /// <summary>Panels (or blocks, with <paramref name="width"/> a vector) that cover <paramref name="count"/>
    /// columns.</summary>
    public static int Cover(int count, int width) => (count + width - 1) / width;

    /// <summary>Rows of the next tile when <paramref name="remaining"/> are left: tiles as even as can be, because a
    /// thin last tile leaves the multipliers waiting for each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int NextRows(int remaining) => Cover(remaining, Cover(remaining, S.TileRows));

    /// <summary>A worker's contiguous share of <paramref name="count"/> items.</summary>
    public static (int Start, int End) Share(int count, int worker, int workers) =>
        ((int)((long)count * worker / workers), (int)((long)count * (worker + 1) / workers));

    /// <summary>The first <paramref name="count"/> floats (at most a vector), the rest zero; nothing beyond is
    /// read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadPart(float* source, int count) =>
        count >= S.Width ? S.Load(source) : S.LoadPart(source, count);

    /// <summary>As <see cref="LoadPart"/>, of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadPartBytes(byte* source, int count)
    {
        if (count >= S.Width)
            return S.LoadBytes(source);
        Vector128<byte> part = default;
        Unsafe.CopyBlockUnaligned(&part, source, (uint)count);
        return S.LoadBytes((byte*)&part);
    }

    /// <summary>Writes the first <paramref name="count"/> floats (at most a vector) and nothing beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart(float* target, V value, int count)
    {
        if (count >= S.Width)
            S.Store(target, value);
        else
            S.StorePart(target, value, count);
    }

    /// <summary>Floats that <see cref="PackColumns"/> may write beyond its own.</summary>
    public static int PackedBeyond => Vector256<float>.Count;

    /// <summary>The values of a transposed operand of one block side by side: of each step its <paramref name="rows"/>,
    /// at most <see cref="PackedBeyond"/>, which lie next to each other.</summary>
    /// <param name="target">Overwritten, and somewhat beyond.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackColumns(in Operand source, int rows, float* target)
    {
        float* from = source.Data, end = from + (source.Steps - 1) * source.StepStride + rows;
        nint k = 0;
        for (; k < source.Steps && from + PackedBeyond <= end; k++, from += source.StepStride, target += rows)
            Vector256.Store(Vector256.Load(from), target); // the next step takes the place of what is too much
        for (; k < source.Steps; k++, from += source.StepStride, target += rows) // nothing beyond the end is read
            for (int row = 0; row < rows; row++)
                target[row] = from[row];
    }

    /// <summary>target [4, 4] = source [4, 4] transposed, through registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose4(float* source, nint sourceStride, float* target, nint targetStride)
    {
        Vector128<float> a = Vector128.Load(source), b = Vector128.Load(source + sourceStride),
            c = Vector128.Load(source + 2 * sourceStride), d = Vector128.Load(source + 3 * sourceStride);
        Vector128<float> ac = Low(a, c), bd = Low(b, d), ac2 = High(a, c), bd2 = High(b, d);
        Vector128.Store(Low(ac, bd), target);
        Vector128.Store(High(ac, bd), target + targetStride);
        Vector128.Store(Low(ac2, bd2), target + 2 * targetStride);
        Vector128.Store(High(ac2, bd2), target + 3 * targetStride);
    }

    /// <summary>The lower halves' elements in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
            : Vector128.Create(a[0], b[0], a[1], b[1]);

    /// <summary>The upper halves' elements in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
            : Vector128.Create(a[2], b[2], a[3], b[3]);

    /// <summary>Copies a [rows, columns] part of a tile to where its neighbours must not be touched.</summary>
    public static void CopyTile(int rows, int columns, float* source, nint sourceStride, float* target,
        nint targetStride)
    {
        for (int r = 0; r < rows; r++)
            Unsafe.CopyBlockUnaligned(target + r * targetStride, source + r * sourceStride,
                (uint)columns * sizeof(float));
    }
}
