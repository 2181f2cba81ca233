namespace GpuLstm.Kernels.Gpu;

/// <summary><see cref="MatMul"/> in float32 for CUDA from sm_80 on: <see cref="MatMulStages"/> brings the pieces, and
/// an item computes a block of elements in registers, four summands at a time. The same multiply-adds in the same order
/// as the portable product.</summary>
/// <remarks>Groups: (ceil(N / tile), ceil(M / tile), batches) of <see cref="MatMulStages.Items"/> items, the tile
/// having 4 * Side * TBlock.Squares rows and columns; dynamic shared memory of <see cref="SharedQuads"/> Float4.
/// Offsets, strides, batch strides and the stored rows' lengths are multiples of 4. At tiles of 128 a warp's 256
/// multiply-adds take 8 + 16 reads of shared memory: the multiply-adds are the floor.</remarks>
public static class MatMulStaged
{
    /// <summary>Summands of a piece.</summary>
    public const int TileK = MatMul.TileK;

    private const int Stages = 3;               // pieces in the ring
    private const int RowQuads = TileK / 4 + 1; // lanes read a quad each, of 8 rows

    /// <summary>Every form of <see cref="Float32"/>; see <see cref="Kernel"/>.</summary>
    public static IReadOnlyList<Delegate> Kernels { get; } =
    [
        Float32<Block4, RowsAlongK, RowsAcrossK>,
        Float32<Block4, RowsAlongK, RowsAlongK>,
        Float32<Block4, RowsAcrossK, RowsAcrossK>,
        Float32<Block4, RowsAcrossK, RowsAlongK>,
        Float32<Block8, RowsAlongK, RowsAcrossK>,
        Float32<Block8, RowsAlongK, RowsAlongK>,
        Float32<Block8, RowsAcrossK, RowsAcrossK>,
        Float32<Block8, RowsAcrossK, RowsAlongK>,
    ];

    /// <summary>The place of a form in <see cref="Kernels"/>.</summary>
    /// <param name="large">Tiles of 128; else of 64.</param>
    /// <param name="transposeA">Whether A is stored as [K, M].</param>
    /// <param name="transposeB">Whether B is stored as [N, K].</param>
    public static int Kernel(bool large, bool transposeA, bool transposeB) =>
        (large ? 4 : 0) + (transposeA ? 2 : 0) + (transposeB ? 1 : 0);

    /// <summary>Quads of dynamic shared memory.</summary>
    public static int SharedQuads(int tile) => Stages * MatMulStages.StageQuads(tile, RowQuads);

    /// <summary>C[b] = alpha op(A[b]) op(B[b]) + beta C[b] + bias; see <see cref="MatMul.Tiled"/> for the arguments,
    /// of which the last three follow from the types.</summary>
    public static void Float32<TBlock, TA, TB>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> c, int M, int N, int K,
        int lastK, long strideA, long strideB, long strideC, long batchA, long batchB, long batchC, float alpha,
        float beta)
        where TBlock : struct, IMatMulBlock<TBlock>
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder
    {
        ArrayView<Float4> ring = SharedMemory.GetDynamic<float>().Cast<Float4>();
        int tile = 4 * MatMul.Side * TBlock.Squares, stage = MatMulStages.StageQuads(tile, RowQuads);
        int depth = Grid.IdxZ == Grid.DimZ - 1 ? lastK : K, pieces = (depth + TileK - 1) / TileK;
        int firstRow = Grid.IdxY * tile, firstColumn = Grid.IdxX * tile;
        int itemRow = Group.IdxX / MatMul.Side, itemColumn = Group.IdxX % MatMul.Side;
        int rows = First<TA>(itemRow), columns = RowQuads * tile + First<TB>(itemColumn);
        ArrayView<Float4> itemA = MatMul.Item(a, batchA).Cast<Float4>(), itemB = MatMul.Item(b, batchB).Cast<Float4>();
        TBlock sums = default;
        int now = 0, next = (Stages - 1) * stage; // where the piece is that is multiplied, and that which is fetched
        for (int piece = 0; piece < Stages - 1; piece++)
        {
            if (piece < pieces)
                Fetch<TA, TB>(itemA, strideA, firstRow, M, itemB, strideB, firstColumn, N, piece * TileK, depth, ring,
                    piece * stage, tile);
            AsyncCopy.Commit();
        }
        for (int piece = 0; piece < pieces; piece++)
        {
            AsyncCopy.WaitForAllButOne();
            Sync.Barrier();
            if (piece + Stages - 1 < pieces)
                Fetch<TA, TB>(itemA, strideA, firstRow, M, itemB, strideB, firstColumn, N,
                    (piece + Stages - 1) * TileK, depth, ring, next, tile);
            AsyncCopy.Commit();
            long row = now + rows, column = now + columns;
            TBlock.MultiplyAddFour<TA, TB>(ref sums, ring, row, column, 0);
            TBlock.MultiplyAddFour<TA, TB>(ref sums, ring, row, column, 1);
            TBlock.MultiplyAddFour<TA, TB>(ref sums, ring, row, column, 2);
            TBlock.MultiplyAddFour<TA, TB>(ref sums, ring, row, column, 3);
            now = now == (Stages - 1) * stage ? 0 : now + stage;
            next = next == (Stages - 1) * stage ? 0 : next + stage;
        }
        AsyncCopy.WaitForAll();
        MatMulTarget to = new()
        {
            C = MatMul.Item(c, batchC), Bias = bias, M = M, N = N, Stride = strideC, Alpha = alpha, Beta = beta,
        };
        TBlock.StoreSpread<TA, TB>(ref sums, to, firstRow, itemRow, firstColumn, itemColumn);
    }

    private static void Fetch<TA, TB>(
        ArrayView<Float4> a, long strideA, int firstRow, int M, ArrayView<Float4> b, long strideB, int firstColumn,
        int N, int k, int depth, ArrayView<Float4> ring, int stage, int tile)
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder
    {
        MatMulStages.Load<TA>(a, strideA, firstRow, M, k, depth, ring, stage, tile, TileK, RowQuads);
        MatMulStages.Load<TB>(
            b, strideB, firstColumn, N, k, depth, ring, stage + RowQuads * tile, tile, TileK, RowQuads);
    }

    /// <summary>The quad of a piece where an item's elements begin.</summary>
    private static int First<TOrder>(int item) where TOrder : struct, IOperandOrder =>
        TOrder.AlongK != 0 ? item * RowQuads : item;

    /// <summary>The place in its group's tile of an item's i-th row or column: neighbouring items have neighbouring
    /// ones, quads of them where the piece does not run along K.</summary>
    public static int Place<TOrder>(int item, int i) where TOrder : struct, IOperandOrder =>
        TOrder.AlongK != 0 ? MatMul.Side * i + item : i / 4 * 4 * MatMul.Side + 4 * item + i % 4;

    /// <summary>Four places of an item at four summands.</summary>
    /// <param name="own">Ring.</param>
    /// <param name="start">Where the item's elements of the piece begin.</param>
    /// <param name="quad">Of the piece's summands: 0 to 3.</param>
    /// <param name="square">Of the item's block: 0 or 1.</param>
    /// <param name="squares">Of the block.</param>
    public static Block4 Read<TOrder>(ArrayView<Float4> own, long start, int quad, int square, int squares)
        where TOrder : struct, IOperandOrder
    {
        Block4 read;
        if (TOrder.AlongK != 0)
        {
            const long Far = MatMul.Side * RowQuads;
            long at = start + (quad + 4L * square * Far);
            Float4 x = own[at], y = own[at + Far], z = own[at + 2 * Far], w = own[at + 3 * Far];
            read.First = new(x.X, y.X, z.X, w.X);
            read.Second = new(x.Y, y.Y, z.Y, w.Y);
            read.Third = new(x.Z, y.Z, z.Z, w.Z);
            read.Fourth = new(x.W, y.W, z.W, w.W);
        }
        else
        {
            long far = MatMul.Side * squares + 1, at = start + (4 * quad * far + MatMul.Side * square);
            read.First = own[at];
            read.Second = own[at + far];
            read.Third = own[at + 2 * far];
            read.Fourth = own[at + 3 * far];
        }
        return read;
    }
}
