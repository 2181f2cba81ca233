using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>How a product is cut into tiles on a device.</summary>
/// <param name="TileM">Rows of a group's tile.</param>
/// <param name="TileN">Columns of it.</param>
/// <param name="TileK">Summands at a time.</param>
/// <param name="BlockM">Rows of an item's block.</param>
/// <param name="BlockN">Columns of it.</param>
internal sealed record MatMulTiles(int TileM, int TileN, int TileK, int BlockM, int BlockN)
{
    private static readonly MatMulTiles s_large = new(128, 128, 16, 8, 8), s_small = new(64, 64, 16, 4, 4);

    public int Items => TileM / BlockM * (TileN / BlockN);

    public static MatMulTiles Choose(GpuLimits limits, int m, int n, int batch)
    {
        long largeTiles = (long)batch * ((m + 127) / 128) * ((n + 127) / 128);
        return largeTiles >= limits.ComputeUnits && limits.MaxGroupSize >= s_large.Items ? s_large : s_small;
    }
}

/// <summary>Launches products.</summary>
internal static class GpuMatMul
{
    public static void Run(IKernelLauncher launcher, GpuLimits limits, in MatMulPass pass)
    {
        if (pass.C.Transposed)
            throw new ArgumentException("The product's target cannot be transposed.");
        if (pass.M == 0 || pass.N == 0 || pass.Batch == 0)
            return;
        if (!limits.IsGpu)
        {
            RowMatMul.Run(launcher, limits, pass);
            return;
        }
        MatMulTiles tiles = MatMulTiles.Choose(limits, pass.M, pass.N, pass.Batch);
        KernelConfig config = new(
            new Index3D((pass.N + tiles.TileN - 1) / tiles.TileN, (pass.M + tiles.TileM - 1) / tiles.TileM, pass.Batch), tiles.Items);
        bool quads = InQuads(pass.A, pass.M, pass.K) && InQuads(pass.B, pass.K, pass.N);
        MatMul.LaunchTiled(
            launcher, config,
            pass.A.View.Required(Extent(pass.A, pass.M, pass.K, pass.Batch)),
            pass.B.View.Required(Extent(pass.B, pass.K, pass.N, pass.Batch)),
            pass.Bias.Optional(pass.N),
            pass.C.View.Required(Extent(pass.C, pass.M, pass.N, pass.Batch)),
            pass.M, pass.N, pass.K, pass.A.Stride, pass.B.Stride, pass.C.Stride,
            pass.A.BatchStride, pass.B.BatchStride, pass.C.BatchStride, pass.Alpha, pass.Beta,
            pass.A.Transposed ? 1 : 0, pass.B.Transposed ? 1 : 0, quads ? 1 : 0,
            tiles.TileM, tiles.TileN, tiles.TileK, tiles.BlockM, tiles.BlockN);
    }

    /// <summary>Whether an operand can be read four floats at a time.</summary>
    private static bool InQuads(in MatrixView matrix, int rows, int columns) =>
        matrix.View.Offset % 4 == 0 && matrix.Stride % 4 == 0 && matrix.BatchStride % 4 == 0
        && (matrix.Transposed ? rows : columns) % 4 == 0;

    /// <summary>Elements from the first to the last that a batched matrix touches.</summary>
    public static long Extent(in MatrixView matrix, int rows, int columns, int batch)
    {
        (long outer, long inner) = matrix.Transposed ? (columns, rows) : (rows, columns);
        return outer == 0 || inner == 0 ? 0 : (batch - 1) * matrix.BatchStride + (outer - 1) * matrix.Stride + inner;
    }
}
