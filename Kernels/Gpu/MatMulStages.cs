namespace GpuLstm.Kernels.Gpu;

/// <summary>How the products for CUDA alone bring pieces of A and B to shared memory: asynchronously, in a ring of
/// stages, so that several pieces are under way while one is multiplied. Everything is read and stored four floats at a
/// time.</summary>
/// <remarks>A piece keeps its operand's order: where stored rows run along K it is [tile, rowQuads * 4], of which tileK are
/// used, else [tileK, tile + 4]. The gaps make lanes that read a column meet different banks of the memory. A stage is A's
/// piece, then B's.</remarks>
public static class MatMulStages
{
    /// <summary>Of a group.</summary>
    public const int Items = 256;

    /// <summary>Floats between the rows of a piece that does not run along K.</summary>
    public const int Gap = 4;

    /// <summary>Quads of a stage: the larger of the two orders.</summary>
    public static int StageQuads(int tileM, int tileN, int rowQuads) => rowQuads * (tileM + tileN);

    /// <summary>Starts the copy of a piece whose outer dimension (M or N) starts at <paramref name="first"/> and whose
    /// K at <paramref name="k"/>; zeros outside.</summary>
    /// <param name="operand">Rows of <paramref name="stride"/> floats, a multiple of 4.</param>
    /// <param name="stride">Floats.</param>
    /// <param name="first">Of the outer dimension.</param>
    /// <param name="count">Size of the outer dimension.</param>
    /// <param name="k">First summand.</param>
    /// <param name="K">Summands.</param>
    /// <param name="alongK">1: the stored rows run along K.</param>
    /// <param name="piece">Shared.</param>
    /// <param name="tile">Of the outer dimension.</param>
    /// <param name="tileK">Summands of a piece.</param>
    /// <param name="rowQuads">Quads from a row of a piece along K to the next.</param>
    public static void Load(
        ArrayView<float> operand, long stride, int first, int count, int k, int K, int alongK,
        ArrayView<Float4> piece, SpecializedValue<int> tile, int tileK, int rowQuads)
    {
        ArrayView<Float4> quads = operand.Cast<Float4>();
        int outer = alongK != 0 ? Group.IdxX / (tileK / 4) : Group.IdxX % (tile / 4) * 4;
        int inner = alongK != 0 ? Group.IdxX % (tileK / 4) * 4 : Group.IdxX / (tile / 4);
        // In sums whose parts are the same for every piece or every item, which are then computed once.
        long row = stride / 4;
        long own = alongK != 0 ? (first + outer) * row + inner / 4 : inner * row + (first + outer) / 4;
        long place = own + (alongK != 0 ? k / 4 : k * row);
        ArrayView<Float4> target = piece.SubView(Index(outer, inner, alongK, tile, rowQuads) / 4);
        for (int round = 0; round < Loop.Unroll(tile * tileK / 4 / Items); round++)
        {
            int far = round * Items / (alongK != 0 ? tileK / 4 : tile / 4); // rows
            bool inside = alongK != 0
                ? first + outer + far < count && k + inner < K : first + outer < count && k + inner + far < K;
            AsyncCopy.CopyOrZero(
                ref target[alongK != 0 ? far * rowQuads : far * ((tile + Gap) / 4)],
                in quads[inside ? place + far * row : 0], inside);
        }
    }

    /// <summary>The place of an element of a piece; the sum of those of two elements is that of their sum.</summary>
    public static int Index(int outer, int k, int alongK, SpecializedValue<int> tile, int rowQuads) =>
        alongK != 0 ? outer * (4 * rowQuads) + k : k * (tile + Gap) + outer;
}
