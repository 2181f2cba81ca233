namespace GpuLstm.Kernels.Gpu;

/// <summary>Fills, copies and sums of flat buffers, one item per element.</summary>
public static partial class Elementwise
{
    /// <summary>x = value.</summary>
    [Kernel]
    public static void Fill(Index1D i, ArrayView<float> x, float value) => x[i] = value;

    /// <summary>target = source.</summary>
    [Kernel(NoAlias = true)]
    public static void Copy(Index1D i, ArrayView<float> source, ArrayView<float> target) => target[i] = source[i];

    /// <summary>target[r, toColumn + c] = source[r, fromColumn + c].</summary>
    /// <param name="index">X: c, Y: r.</param>
    /// <param name="source">[rows, fromStride].</param>
    /// <param name="target">[rows, toStride], these columns overwritten.</param>
    /// <param name="fromStride">Columns of the source.</param>
    /// <param name="fromColumn">The first to copy.</param>
    /// <param name="toStride">Columns of the target.</param>
    /// <param name="toColumn">Where it goes.</param>
    [Kernel(NoAlias = true)]
    public static void CopyColumns(
        Index2D index, ArrayView<float> source, ArrayView<float> target, int fromStride, int fromColumn, int toStride,
        int toColumn) =>
        target[(long)index.Y * toStride + toColumn + index.X] =
        source[(long)index.Y * fromStride + fromColumn + index.X];

    /// <summary>sum = a + b.</summary>
    [Kernel]
    public static void Add(Index1D i, ArrayView<float> a, ArrayView<float> b, ArrayView<float> sum) =>
        sum[i] = a[i] + b[i];
}
