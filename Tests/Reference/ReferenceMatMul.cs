namespace GpuLstm.Tests.Reference;

/// <summary>A batch of matrices in an array, row-major.</summary>
/// <param name="Offset">Of the first element.</param>
/// <param name="Stride">From a row to the next.</param>
/// <param name="Transposed">Whether the product takes the transpose.</param>
/// <param name="BatchStride">From a matrix to the next; 0: all are the same.</param>
public sealed record ReferenceMatrix(
    double[] Values, long Offset, long Stride, bool Transposed = false, long BatchStride = 0)
{
    /// <summary>Where element [row, column] of op(matrix) lies.</summary>
    public long Index(int batch, int row, int column) =>
        Offset + batch * BatchStride + (Transposed ? column * Stride + row : row * Stride + column);
}

/// <summary>C = alpha op(A) op(B) + beta C + bias, for each of a batch, as BLAS's gemm.</summary>
public static class ReferenceMatMul
{
    /// <param name="a">op(A) [m, k].</param>
    /// <param name="b">op(B) [k, n].</param>
    /// <param name="c">[m, n], updated in place; its old values are not read when beta is 0.</param>
    /// <param name="bias">[n], null: none.</param>
    public static void Multiply(int batch, int m, int n, int k, double alpha, ReferenceMatrix a, ReferenceMatrix b,
        double beta, ReferenceMatrix c, double[]? bias = null)
    {
        for (int item = 0; item < batch; item++)
            for (int row = 0; row < m; row++)
                for (int column = 0; column < n; column++)
                {
                    double sum = 0;
                    for (int inner = 0; inner < k; inner++)
                        sum += a.Values[a.Index(item, row, inner)] * b.Values[b.Index(item, inner, column)];
                    long place = c.Index(item, row, column);
                    double old = beta == 0 ? 0 : beta * c.Values[place];
                    c.Values[place] = alpha * sum + old + (bias?[column] ?? 0);
                }
    }
}
