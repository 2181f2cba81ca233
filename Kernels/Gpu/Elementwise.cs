namespace GpuLstm.Kernels.Gpu;

/// <summary>Fills, copies and sums of flat buffers, one item per element.</summary>
public static class Elementwise
{
    /// <summary>x = value.</summary>
    public static void Fill(Index1D i, ArrayView<float> x, float value) => x[i] = value;

    /// <summary>target = source.</summary>
    public static void Copy(Index1D i, ArrayView<float> source, ArrayView<float> target) => target[i] = source[i];

    /// <summary>target[r, toColumn + c] = source[r, fromColumn + c].</summary>
    /// <param name="i">r * columns + c.</param>
    /// <param name="source">[rows, fromStride].</param>
    /// <param name="target">[rows, toStride], these columns overwritten.</param>
    /// <param name="columns">To copy.</param>
    /// <param name="fromStride">Columns of the source.</param>
    /// <param name="fromColumn">The first to copy.</param>
    /// <param name="toStride">Columns of the target.</param>
    /// <param name="toColumn">Where it goes.</param>
    public static void CopyColumns(
        Index1D i, ArrayView<float> source, ArrayView<float> target, int columns, int fromStride, int fromColumn,
        int toStride, int toColumn) =>
        target[(long)(int)(i / columns) * toStride + toColumn + i % columns] =
            source[(long)(int)(i / columns) * fromStride + fromColumn + i % columns];

    /// <summary>sum = a + b.</summary>
    public static void Add(Index1D i, ArrayView<float> a, ArrayView<float> b, ArrayView<float> sum) =>
        sum[i] = a[i] + b[i];
}
