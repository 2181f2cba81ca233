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
/// <param name="Tile">Rows and columns of a group's tile: <see cref="Large"/> or <see cref="Small"/>.</param>
/// <param name="Splits">Groups that share the summands of a tile.</param>
/// <param name="SplitK">Summands of each of them but the last.</param>
public readonly record struct MatMulTiles(MatMulKind Kind, int Tile, int Splits = 1, int SplitK = 0)
{
    /// <summary>Of the two sizes that there are.</summary>
    public const int Large = 8 * MatMul.Side, Small = 4 * MatMul.Side;

    private const int LeastSplit = 128; // summands: the second pass then costs little beside the first

    /// <summary>Quads of dynamic shared memory.</summary>
    public int SharedQuads => Kind switch
    {
        MatMulKind.Staged => MatMulStaged.SharedQuads(Tile),
        MatMulKind.Tensor => MatMulTensor.SharedQuads(Tile),
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
        int tileK = kind == MatMulKind.Tensor ? MatMulTensor.TileK : MatMul.TileK;
        long tiles = Count(Large, m, n, batch);
        bool canSplit = batch == 1 && m > Small && n > Small && k / LeastSplit >= limits.ComputeUnits / tiles;
        bool fits = 16L * new MatMulTiles(kind, Large).SharedQuads <= limits.SharedBytes;
        int tile = fits && (tiles >= limits.ComputeUnits || canSplit) ? Large : Small;
        long splits = batch > 1 ? 1 : Math.Min(k / LeastSplit, limits.ComputeUnits / Count(tile, m, n, 1));
        if (splits < 2)
            return new(kind, tile);
        int each = (int)(((k + splits - 1) / splits + tileK - 1) / tileK * tileK);
        return new(kind, tile, (k + each - 1) / each, each);
    }

    private static long Count(int tile, int m, int n, int batch) =>
        (long)batch * ((m + tile - 1) / tile) * ((n + tile - 1) / tile);
}
