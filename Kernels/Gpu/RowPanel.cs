namespace GpuLstm.Kernels.Gpu;

/// <summary>The inner product of kernels for processors, where one item is a whole group and works through its tile in
/// plain loops: rows of 32 floats, which a compiler makes vectors of, and 4 of them at a time fill 16 registers of
/// 8.</summary>
public static class RowPanel
{
    /// <summary>Rows of A at a time.</summary>
    public const int Rows = 4;

    /// <summary>Columns of a panel.</summary>
    public const int Width = 32;

    /// <summary>sums [Rows, Width] = 0.</summary>
    public static void Clear(ArrayView<float> sums)
    {
        for (int i = 0; i < Loop.Unroll(Rows * Width); i++)
            sums[i] = 0;
    }

    /// <summary>sums [Rows, Width] += Rows rows of A times a panel [depth, Width].</summary>
    /// <param name="a">A(row, k) at row * <paramref name="stride"/> + k * <paramref name="step"/>.</param>
    /// <param name="first">Row of A that begins; those after <paramref name="last"/> repeat it.</param>
    /// <param name="last">Row of A that can still be read.</param>
    /// <param name="stride">From a row of A to the next.</param>
    /// <param name="step">From an element of a row to the next.</param>
    /// <param name="panel">Rows of the other factor, one after the other.</param>
    /// <param name="sums">Updated.</param>
    /// <param name="depth">Summands.</param>
    public static void Multiply(
        ArrayView<float> a, int first, int last, long stride, long step, ArrayView<float> panel, ArrayView<float> sums,
        int depth)
    {
        for (int k = 0; k < depth; k++)
            for (int row = 0; row < Loop.Unroll(Rows); row++)
            {
                float left = a[XMath.Min(first + row, last) * stride + k * step];
                for (int column = 0; column < Loop.Unroll(Width); column++)
                    sums[row * Width + column] =
                        Fused.MultiplyAdd(left, panel[k * Width + column], sums[row * Width + column]);
            }
    }
}
