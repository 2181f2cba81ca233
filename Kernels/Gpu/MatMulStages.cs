namespace GpuLstm.Kernels.Gpu;

/// <summary>How the products for CUDA alone bring pieces of A and B to shared memory: asynchronously, in a ring of stages, so
/// that several pieces are under way while one is multiplied. Everything is read and stored four floats at a time.</summary>
/// <remarks>A piece keeps its operand's order: where stored rows run along K it is [tile, TileK + 4], else [TileK, tile + 8].
/// The gaps make lanes that read a column meet different banks of the memory. A stage is A's piece, then B's.</remarks>
public static class MatMulStages
{
    /// <summary>Pieces in the ring.</summary>
    public const int Stages = 3;

    /// <summary>Summands of a piece.</summary>
    public const int TileK = 16;

    /// <summary>Of a group.</summary>
    public const int Items = 256;

    /// <summary>Quads from a row of a piece along K to the next.</summary>
    public const int RowQuads = TileK / 4 + 1;

    /// <summary>Floats between the rows of a piece that does not run along K.</summary>
    public const int Gap = 8;

    /// <summary>Quads of a stage: the larger of the two orders.</summary>
    public static int StageQuads(int tileM, int tileN) => RowQuads * (tileM + tileN);

    /// <summary>Starts the copy of a piece whose outer dimension (M or N) starts at <paramref name="first"/> and whose K at
    /// <paramref name="k"/>; zeros outside.</summary>
    /// <param name="operand">Rows of <paramref name="stride"/> floats, a multiple of 4.</param>
    /// <param name="stride">Floats.</param>
    /// <param name="first">Of the outer dimension.</param>
    /// <param name="count">Size of the outer dimension.</param>
    /// <param name="k">First summand.</param>
    /// <param name="K">Summands.</param>
    /// <param name="alongK">1: the stored rows run along K.</param>
    /// <param name="piece">Shared.</param>
    /// <param name="tile">Of the outer dimension.</param>
    public static void Load(
        ArrayView<float> operand, long stride, int first, int count, int k, int K, int alongK,
        ArrayView<Float4> piece, SpecializedValue<int> tile)
    {
        ArrayView<Float4> quads = operand.Cast<Float4>();
        for (int round = 0; round < Loop.Unroll(tile * TileK / 4 / Items); round++)
        {
            int element = round * Items + Group.IdxX;
            int outer = alongK != 0 ? element / (TileK / 4) : element % (tile / 4) * 4;
            int inner = alongK != 0 ? element % (TileK / 4) * 4 : element / (tile / 4);
            bool inside = first + outer < count && k + inner < K;
            long place = alongK != 0 ? (first + outer) * stride + k + inner : (k + inner) * stride + first + outer;
            int target = alongK != 0 ? outer * RowQuads + inner / 4 : (inner * (tile + Gap) + outer) / 4;
            AsyncCopy.CopyOrZero(ref piece[target], in quads[inside ? place / 4 : 0], inside);
        }
    }

    /// <summary>One element of a piece.</summary>
    public static float At(ArrayView<float> piece, int outer, int k, int alongK, SpecializedValue<int> tile) =>
        piece[alongK != 0 ? outer * (4 * RowQuads) + k : k * (tile + Gap) + outer];
}
