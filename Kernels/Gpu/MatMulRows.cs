namespace GpuLstm.Kernels.Gpu;

/// <summary>C = alpha op(A) op(B) + beta C + bias, batched and row-major, for a processor that runs kernels: a group of
/// one item computes a tile of C; a panel of B is brought together once for all rows of the tile.</summary>
public static partial class MatMulRows
{
    /// <summary>As <see cref="MatMul.Tiled"/>. Groups of one item: (ceil(N / 32), ceil(M / tileM), batch).</summary>
    /// <param name="a">[M, K], or [K, M] if <paramref name="transposeA"/>.</param>
    /// <param name="b">[K, N], or [N, K] if <paramref name="transposeB"/>.</param>
    /// <param name="bias">[N], or empty.</param>
    /// <param name="c">[M, N]; overwritten if <paramref name="beta"/> is 0, and then not read.</param>
    /// <param name="M">Rows of C.</param>
    /// <param name="N">Columns of C.</param>
    /// <param name="K">Summands.</param>
    /// <param name="strideA">Elements from a stored row of A to the next; of B and C likewise.</param>
    /// <param name="strideB">Of B.</param>
    /// <param name="strideC">Of C.</param>
    /// <param name="batchA">Elements from one batch item's A to the next; of B and C likewise.</param>
    /// <param name="batchB">Of B.</param>
    /// <param name="batchC">Of C.</param>
    /// <param name="alpha">Scales the product.</param>
    /// <param name="beta">Scales what C held.</param>
    /// <param name="transposeA">1 or 0.</param>
    /// <param name="transposeB">1 or 0.</param>
    /// <param name="tileM">Rows of a group's tile.</param>
    /// <param name="tileK">Summands at a time.</param>
    [Kernel(NoAlias = true, Targets = KernelTargets.OpenCl)]
    public static void Tiled(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> c, int M, int N, int K,
        long strideA, long strideB, long strideC, long batchA, long batchB, long batchC, float alpha, float beta,
        [DefaultValue(0)] SpecializedValue<int> transposeA, [DefaultValue(0)] SpecializedValue<int> transposeB,
        [DefaultValue(64)] SpecializedValue<int> tileM, [DefaultValue(256)] SpecializedValue<int> tileK)
    {
        ArrayView<float> panel = SharedMemory.Allocate<float>(tileK * RowPanel.Width);
        ArrayView<float> partial = SharedMemory.Allocate<float>(tileM * RowPanel.Width); // sums of the summands so far
        ArrayView<float> sums = LocalMemory.Allocate<float>(RowPanel.Rows * RowPanel.Width);
        int firstRow = Grid.IdxY * tileM, rows = XMath.Min(tileM, M - firstRow);
        int firstColumn = Grid.IdxX * RowPanel.Width, columns = XMath.Min(RowPanel.Width, N - firstColumn);
        long strideRow = transposeA != 0 ? 1 : strideA, strideK = transposeA != 0 ? strideA : 1;
        ArrayView<float> itemA = a.SubView(Grid.IdxZ * batchA + firstRow * strideRow);
        ArrayView<float> itemB = b.SubView(Grid.IdxZ * batchB);
        ArrayView<float> itemC = c.SubView(Grid.IdxZ * batchC + firstRow * strideC + firstColumn);
        for (int k = 0; k == 0 || k < K; k += tileK)
        {
            int depth = XMath.Min(tileK, K - k);
            if (transposeB != 0)
                LoadColumns(itemB, strideB, firstColumn, columns, k, depth, panel);
            else
                LoadRows(itemB, strideB, firstColumn, columns, k, depth, panel);
            for (int row = 0; row < rows; row += RowPanel.Rows)
            {
                if (k == 0)
                    RowPanel.Clear(sums);
                else
                    Move(partial.SubView(row * RowPanel.Width), sums);
                RowPanel.Multiply(itemA.SubView(k * strideK), row, rows - 1, strideRow, strideK, panel, sums, depth);
                if (k + depth < K)
                    Move(sums, partial.SubView(row * RowPanel.Width));
                else
                    Store(itemC, strideC, bias, sums, row, rows, firstColumn, columns, alpha, beta);
            }
        }
    }

    /// <summary>panel [depth, Width] = columns of B [K, N] from <paramref name="firstColumn"/>, rows from
    /// <paramref name="k"/>; zero beyond.</summary>
    private static void LoadRows(
        ArrayView<float> b, long stride, int firstColumn, int columns, int k, int depth, ArrayView<float> panel)
    {
        for (int i = 0; i < depth; i++)
        {
            ArrayView<float> row = b.SubView((k + i) * stride + firstColumn);
            if (columns == RowPanel.Width)
                for (int column = 0; column < Loop.Unroll(RowPanel.Width); column++)
                    panel[i * RowPanel.Width + column] = row[column];
            else
                for (int column = 0; column < RowPanel.Width; column++)
                    panel[i * RowPanel.Width + column] = column < columns ? row[column] : 0;
        }
    }

    /// <summary>As <see cref="LoadRows"/>, of B stored as [N, K].</summary>
    private static void LoadColumns(
        ArrayView<float> b, long stride, int firstColumn, int columns, int k, int depth, ArrayView<float> panel)
    {
        for (int column = 0; column < RowPanel.Width; column++)
            if (column < columns)
            {
                ArrayView<float> row = b.SubView((firstColumn + column) * stride + k);
                for (int i = 0; i < depth; i++)
                    panel[i * RowPanel.Width + column] = row[i];
            }
            else
                for (int i = 0; i < depth; i++)
                    panel[i * RowPanel.Width + column] = 0;
    }

    private static void Move(ArrayView<float> source, ArrayView<float> target)
    {
        for (int i = 0; i < Loop.Unroll(RowPanel.Rows * RowPanel.Width); i++)
            target[i] = source[i];
    }

    private static void Store(
        ArrayView<float> c, long stride, ArrayView<float> bias, ArrayView<float> sums, int first, int rows,
        int firstColumn, int columns, float alpha, float beta)
    {
        for (int row = 0; row < XMath.Min(RowPanel.Rows, rows - first); row++)
            for (int column = 0; column < columns; column++)
            {
                long place = (first + row) * stride + column;
                float value = alpha * sums[row * RowPanel.Width + column];
                if (bias.Length > 0)
                    value += bias[firstColumn + column];
                if (beta != 0)
                    value = Fused.MultiplyAdd(beta, c[place], value);
                c[place] = value;
            }
    }
}
