namespace GpuLstm.Kernels.Gpu;

/// <summary>How an operand of a staged product is stored: a constant while the kernel is compiled, which is generic in
/// it.</summary>
public interface IOperandOrder
{
    /// <summary>1: the stored rows run along K; 0: across it.</summary>
    static abstract int AlongK { get; }
}

/// <summary>A as it is, or B transposed: the stored rows run along K.</summary>
public struct RowsAlongK : IOperandOrder
{
    public static int AlongK => 1;
}

/// <summary>B as it is, or A transposed: the stored rows run across K.</summary>
public struct RowsAcrossK : IOperandOrder
{
    public static int AlongK => 0;
}

/// <summary>How the products for CUDA alone bring pieces of A and B to shared memory: asynchronously, in a ring of
/// stages, so that pieces are under way while one is multiplied. Everything is read and stored four floats at a
/// time.</summary>
/// <remarks>A piece keeps its operand's order: where stored rows run along K it is [tile, rowQuads * 4], of which tileK
/// are used, else [tileK, tile + 4]. The gaps make lanes that read a column meet different banks of the memory. A stage
/// is A's piece, then B's.</remarks>
public static class MatMulStages
{
    /// <summary>Of a group.</summary>
    public const int Items = MatMul.Items;

    /// <summary>Floats between the rows of a piece that does not run along K.</summary>
    private const int Gap = 4;

    /// <summary>Quads of a stage: the larger of the two orders.</summary>
    public static int StageQuads(int tile, int rowQuads) => 2 * rowQuads * tile;

    /// <summary>Starts the copy of a piece whose outer dimension (M or N) starts at <paramref name="first"/> and whose
    /// K at <paramref name="k"/>; zeros outside.</summary>
    /// <param name="operand">Rows of <paramref name="stride"/> floats, a multiple of 4.</param>
    /// <param name="stride">Floats.</param>
    /// <param name="first">Of the outer dimension.</param>
    /// <param name="count">Size of the outer dimension.</param>
    /// <param name="k">First summand.</param>
    /// <param name="K">Summands.</param>
    /// <param name="ring">Shared.</param>
    /// <param name="start">Of the piece there.</param>
    /// <param name="tile">Of the outer dimension.</param>
    /// <param name="tileK">Summands of a piece.</param>
    /// <param name="rowQuads">Quads from a row of a piece along K to the next.</param>
    internal static void Load<TOrder>(
        ArrayView<Float4> operand, long stride, int first, int count, int k, int K, ArrayView<Float4> ring, int start,
        int tile, int tileK, int rowQuads)
        where TOrder : struct, IOperandOrder
    {
        int outer = TOrder.AlongK != 0 ? Group.IdxX / (tileK / 4) : Group.IdxX % (tile / 4) * 4;
        int inner = TOrder.AlongK != 0 ? Group.IdxX % (tileK / 4) * 4 : Group.IdxX / (tile / 4);
        // In sums whose parts are the same for every piece or every item, which are then computed once.
        long row = stride / 4;
        long own = TOrder.AlongK != 0 ? (first + outer) * row + inner / 4 : inner * row + (first + outer) / 4;
        long place = own + (TOrder.AlongK != 0 ? k / 4 : k * row);
        int target = start + Index<TOrder>(outer, inner, tile, rowQuads) / 4;
        int far = Items / (TOrder.AlongK != 0 ? tileK / 4 : tile / 4); // rows from a round to the next
        for (int round = 0; round < tile * tileK / 4 / Items; round++)
        {
            bool inside = TOrder.AlongK != 0
                ? first + outer + round * far < count && k + inner < K
                : first + outer < count && k + inner + round * far < K;
            AsyncCopy.CopyOrZero(
                ref ring[target + round * far * (TOrder.AlongK != 0 ? rowQuads : (tile + Gap) / 4)],
                ref operand[inside ? place + round * far * row : 0], inside ? 1 : 0);
        }
    }

    /// <summary>The place of an element of a piece in floats; the sum of those of two elements is that of their
    /// sum.</summary>
    public static int Index<TOrder>(int outer, int k, int tile, int rowQuads) where TOrder : struct, IOperandOrder =>
        TOrder.AlongK != 0 ? outer * (4 * rowQuads) + k : k * (tile + Gap) + outer;
}
