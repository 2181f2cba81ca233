namespace GpuLstm.Kernels.Gpu;

/// <summary><see cref="MatMul"/> on tensor cores, from sm_80 on: factors rounded to TF32 or BF16, sums in float32.
/// <see cref="MatMulStages"/> brings the pieces; each of 2 x 4 warps computes a part of the tile.</summary>
/// <remarks>Groups, shared memory and multiples of 4 as in <see cref="MatMulStaged"/>, the tile having 32 * TSums.Side
/// rows and columns. At tiles of 128 a warp's 16 products of [16, 8] by [8, 8] read shared memory 12 to 24 times and
/// round 48 numbers.</remarks>
public static class MatMulTensor
{
    /// <summary>Summands of a piece.</summary>
    public const int TileK = 32;

    private const int Stages = 2;               // pieces in the ring: two groups share a multiprocessor
    private const int RowQuads = TileK / 4 + 2; // lanes read a pair each, of 4 rows

    /// <summary>Every form of <see cref="Rounded"/>; see <see cref="Kernel"/>.</summary>
    public static IReadOnlyList<Delegate> Kernels { get; } =
    [
        Rounded<Tf32, Sums2, RowsAlongK, RowsAcrossK>,
        Rounded<Tf32, Sums2, RowsAlongK, RowsAlongK>,
        Rounded<Tf32, Sums2, RowsAcrossK, RowsAcrossK>,
        Rounded<Tf32, Sums2, RowsAcrossK, RowsAlongK>,
        Rounded<Tf32, Sums4, RowsAlongK, RowsAcrossK>,
        Rounded<Tf32, Sums4, RowsAlongK, RowsAlongK>,
        Rounded<Tf32, Sums4, RowsAcrossK, RowsAcrossK>,
        Rounded<Tf32, Sums4, RowsAcrossK, RowsAlongK>,
        Rounded<Bf16, Sums2, RowsAlongK, RowsAcrossK>,
        Rounded<Bf16, Sums2, RowsAlongK, RowsAlongK>,
        Rounded<Bf16, Sums2, RowsAcrossK, RowsAcrossK>,
        Rounded<Bf16, Sums2, RowsAcrossK, RowsAlongK>,
        Rounded<Bf16, Sums4, RowsAlongK, RowsAcrossK>,
        Rounded<Bf16, Sums4, RowsAlongK, RowsAlongK>,
        Rounded<Bf16, Sums4, RowsAcrossK, RowsAcrossK>,
        Rounded<Bf16, Sums4, RowsAcrossK, RowsAlongK>,
    ];

    /// <summary>The place of a form in <see cref="Kernels"/>; see <see cref="MatMulStaged.Kernel"/>.</summary>
    public static int Kernel(bool bf16, bool large, bool transposeA, bool transposeB) =>
        (bf16 ? 8 : 0) + MatMulStaged.Kernel(large, transposeA, transposeB);

    /// <summary>Quads of dynamic shared memory.</summary>
    public static int SharedQuads(int tile) => Stages * MatMulStages.StageQuads(tile, RowQuads);

    /// <summary>C[b] = alpha op(A[b]) op(B[b]) + beta C[b] + bias; see <see cref="MatMul.Tiled"/> for the arguments,
    /// of which the last three follow from the types.</summary>
    public static void Rounded<TFactor, TSums, TA, TB>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> c, int M, int N, int K,
        int lastK, long strideA, long strideB, long strideC, long batchA, long batchB, long batchC, float alpha,
        float beta)
        where TFactor : struct, ITensorFactor
        where TSums : struct, ITensorSums<TSums>
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder
    {
        ArrayView<float> ring = SharedMemory.GetDynamic<float>();
        ArrayView<Float4> quads = ring.Cast<Float4>();
        int tile = 32 * TSums.Side, stage = MatMulStages.StageQuads(tile, RowQuads);
        int depth = Grid.IdxZ == Grid.DimZ - 1 ? lastK : K, pieces = (depth + TileK - 1) / TileK;
        int firstRow = Grid.IdxY * tile, firstColumn = Grid.IdxX * tile;
        int warp = Group.IdxX / 32, lane = Group.IdxX % 32;
        int warpRow = warp / 4 * (tile / 2), warpColumn = warp % 4 * (tile / 4);
        int rows = MatMulStages.Index<TA>(warpRow + lane / 4, lane % 4 * 2, tile, RowQuads);
        int columns = 4 * RowQuads * tile
            + MatMulStages.Index<TB>(warpColumn + lane / 4, lane % 4 * 2, tile, RowQuads);
        ArrayView<Float4> itemA = MatMul.Item(a, batchA).Cast<Float4>(), itemB = MatMul.Item(b, batchB).Cast<Float4>();
        TSums sums = default;
        int now = 0;
        Fetch<TA, TB>(itemA, strideA, firstRow, M, itemB, strideB, firstColumn, N, 0, depth, quads, 0, tile);
        AsyncCopy.Commit();
        for (int piece = 0; piece < pieces; piece++)
        {
            AsyncCopy.WaitForAll();
            Sync.Barrier();
            if (piece + 1 < pieces)
                Fetch<TA, TB>(itemA, strideA, firstRow, M, itemB, strideB, firstColumn, N, (piece + 1) * TileK, depth,
                    quads, stage - now, tile);
            AsyncCopy.Commit();
            long row = 4 * now + rows, column = 4 * now + columns;
            Turn<TFactor, TSums, TA, TB>(ref sums, ring, row, column, 0, tile);
            Turn<TFactor, TSums, TA, TB>(ref sums, ring, row, column, 1, tile);
            if (TFactor.Depth == 8)
            {
                Turn<TFactor, TSums, TA, TB>(ref sums, ring, row, column, 2, tile);
                Turn<TFactor, TSums, TA, TB>(ref sums, ring, row, column, 3, tile);
            }
            now = stage - now;
        }
        MatMulTarget to = new()
        {
            C = MatMul.Item(c, batchC), Bias = bias, M = M, N = N, Stride = strideC, Alpha = alpha, Beta = beta,
        };
        TSums.Store(ref sums, to, firstRow + warpRow + lane / 4, firstColumn + warpColumn + lane % 4 * 2);
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

    private static void Turn<TFactor, TSums, TA, TB>(
        ref TSums sums, ArrayView<float> ring, long row, long column, int turn, int tile)
        where TFactor : struct, ITensorFactor
        where TSums : struct, ITensorSums<TSums>
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder =>
        TSums.MultiplyAdd<TFactor, TA, TB>(
            ref sums, ring, row + Place<TA>(0, turn * TFactor.Depth, tile),
            column + Place<TB>(0, turn * TFactor.Depth, tile));

    private static long Place<TOrder>(int outer, int k, int tile) where TOrder : struct, IOperandOrder =>
        MatMulStages.Index<TOrder>(outer, k, tile, RowQuads);

    /// <summary>The <paramref name="i"/>-th 16 rows of a lane's part.</summary>
    public static Float4 Left<TFactor, TOrder>(ArrayView<float> ring, long at, int i, int side)
        where TFactor : struct, ITensorFactor
        where TOrder : struct, IOperandOrder =>
        TFactor.Left(ring, at + Place<TOrder>(16 * i, 0, 32 * side), Place<TOrder>(8, 0, 32 * side),
            Place<TOrder>(0, 1, 32 * side));

    /// <summary>The <paramref name="j"/>-th 8 columns of a lane's part.</summary>
    public static Float2 Right<TFactor, TOrder>(ArrayView<float> ring, long at, int j, int side)
        where TFactor : struct, ITensorFactor
        where TOrder : struct, IOperandOrder =>
        TFactor.Right(ring, at + Place<TOrder>(8 * j, 0, 32 * side), Place<TOrder>(0, 1, 32 * side));

    /// <summary>A lane's four elements of a product.</summary>
    public static void Store(Float4 sum, MatMulTarget to, int row, int column)
    {
        MatMulTarget.Put(to, row, column, sum.X);
        MatMulTarget.Put(to, row, column + 1, sum.Y);
        MatMulTarget.Put(to, row + 8, column, sum.Z);
        MatMulTarget.Put(to, row + 8, column + 1, sum.W);
    }
}
