using GpuLstm.Kernels.Gpu;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Which kernel computes a product.</summary>
public enum MatMulKind
{
    /// <summary>On any GPU.</summary>
    Tiled,

    /// <summary>With asynchronous copies, for CUDA from sm_80 on.</summary>
    Staged,

    /// <summary>On tensor cores, for CUDA from sm_80 on.</summary>
    Tensor,
}

/// <summary>How a product is cut into tiles on a GPU.</summary>
/// <param name="Kind">The kernel.</param>
/// <param name="TileM">Rows of a group's tile.</param>
/// <param name="TileN">Columns of it.</param>
/// <param name="TileK">Summands at a time.</param>
/// <param name="BlockM">Rows of an item's block.</param>
/// <param name="BlockN">Columns of it.</param>
/// <param name="Splits">Groups that share the summands of a tile.</param>
/// <param name="SplitK">Summands of each of them but the last.</param>
public sealed record MatMulTiles(
    MatMulKind Kind, int TileM, int TileN, int TileK, int BlockM, int BlockN, int Splits = 1, int SplitK = 0)
{
    private const int LeastSplit = 128; // summands: the second pass then costs little beside the first

    /// <summary>By kind, as large as the kernels take them, and half of that.</summary>
    private static readonly MatMulTiles[] s_large =
        [
            new(MatMulKind.Tiled, 128, 128, 16, 8, 8), new(MatMulKind.Staged, 128, 128, MatMulStaged.TileK, 8, 8),
            new(MatMulKind.Tensor, 128, 128, MatMulTensor.TileK, 8, 8),
        ],
        s_small = [.. s_large.Select(large => large with { TileM = 64, TileN = 64, BlockM = 4, BlockN = 4 })];

    public int Items => TileM / BlockM * (TileN / BlockN);

    /// <summary>Quads of dynamic shared memory.</summary>
    public int SharedQuads => Kind switch
    {
        MatMulKind.Staged => MatMulStaged.SharedQuads(TileM, TileN),
        MatMulKind.Tensor => MatMulTensor.SharedQuads(TileM, TileN),
        _ => 0,
    };

    /// <summary>Large tiles read least, where there are enough to occupy the device; a product of few tiles and many
    /// summands shares the summands out.</summary>
    /// <param name="limits">Of the device.</param>
    /// <param name="precision">Of the factors.</param>
    /// <param name="quads">Whether the operands can be read four floats at a time.</param>
    /// <param name="m">Rows.</param>
    /// <param name="n">Columns.</param>
    /// <param name="k">Summands.</param>
    /// <param name="batch">Products.</param>
    public static MatMulTiles Choose(GpuLimits limits, Precision precision, bool quads, int m, int n, int k, int batch)
    {
        MatMulKind kind = !quads || limits.ComputeCapability < 80 ? MatMulKind.Tiled
            : precision == Precision.F32 ? MatMulKind.Staged : MatMulKind.Tensor;
        (MatMulTiles large, MatMulTiles small) = (s_large[(int)kind], s_small[(int)kind]);
        bool fits = limits.MaxGroupSize >= large.Items && (long)large.SharedQuads * 16 <= limits.SharedBytes;
        long tiles = large.Count(m, n, batch);
        bool canSplit = batch == 1 && m > small.TileM && n > small.TileN
            && k / LeastSplit >= limits.ComputeUnits / tiles;
        MatMulTiles chosen = fits && (tiles >= limits.ComputeUnits || canSplit) ? large : small;
        return batch == 1 ? chosen.Split(limits, m, n, k) : chosen;
    }

    private MatMulTiles Split(GpuLimits limits, int m, int n, int k)
    {
        long splits = Math.Min(k / LeastSplit, limits.ComputeUnits / Count(m, n, 1));
        if (splits < 2)
            return this;
        int each = (int)(((k + splits - 1) / splits + TileK - 1) / TileK * TileK);
        return this with { Splits = (k + each - 1) / each, SplitK = each };
    }

    private long Count(int m, int n, int batch) => (long)batch * ((m + TileM - 1) / TileM) * ((n + TileN - 1) / TileN);
}
