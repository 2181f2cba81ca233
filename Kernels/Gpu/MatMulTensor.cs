namespace GpuLstm.Kernels.Gpu;

/// <summary><see cref="MatMul"/> on tensor cores, from sm_80 on: factors rounded to TF32 (10 bits of mantissa) or BF16
/// (7 bits), sums in float32. <see cref="MatMulStages"/> brings the pieces; each of 2 x 4 warps computes a part of the
/// tile.</summary>
/// <remarks>Groups, shared memory and multiples of 4 as in <see cref="MatMulStaged"/>. At tiles of 128 a warp's 16 products
/// of [16, 8] by [8, 8] read shared memory 12 to 24 times and round 48 numbers; NVRTC 12.4 makes 374 instructions of the
/// four such turns of a piece, less than the time of the products on an H100 with two groups on a multiprocessor.</remarks>
public static partial class MatMulTensor
{
    /// <summary>Summands of a piece.</summary>
    public const int TileK = 32;

    private const int Stages = 2;               // pieces in the ring: two groups share a multiprocessor
    private const int RowQuads = TileK / 4 + 2; // lanes read a pair each, of 4 rows

    /// <summary>Quads of dynamic shared memory.</summary>
    public static int SharedQuads(int tileM, int tileN) => Stages * MatMulStages.StageQuads(tileM, tileN, RowQuads);

    /// <summary>C[b] = alpha op(A[b]) op(B[b]) + beta C[b] + bias; see <see cref="MatMul.Tiled"/> for the other
    /// arguments.</summary>
    /// <param name="a">A.</param>
    /// <param name="b">B.</param>
    /// <param name="bias">[N], or empty.</param>
    /// <param name="c">C.</param>
    /// <param name="M">Rows.</param>
    /// <param name="N">Columns.</param>
    /// <param name="K">Summands.</param>
    /// <param name="lastK">Of the last batch item.</param>
    /// <param name="strideA">Of A's rows.</param>
    /// <param name="strideB">Of B's.</param>
    /// <param name="strideC">Of C's.</param>
    /// <param name="batchA">Of A's items.</param>
    /// <param name="batchB">Of B's.</param>
    /// <param name="batchC">Of C's.</param>
    /// <param name="alpha">Scales the product.</param>
    /// <param name="beta">Scales what C held.</param>
    /// <param name="transposeA">1 or 0.</param>
    /// <param name="transposeB">1 or 0.</param>
    /// <param name="tileM">64 or 128.</param>
    /// <param name="tileN">64 or 128.</param>
    /// <param name="bf16">1: BF16, 0: TF32.</param>
    [Kernel(NoAlias = true, Targets = KernelTargets.Cuda, MinArch = 80)]
    public static void Rounded(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> c, int M, int N, int K,
        int lastK, long strideA, long strideB, long strideC, long batchA, long batchB, long batchC, float alpha,
        float beta, [DefaultValue(0)] SpecializedValue<int> transposeA,
        [DefaultValue(0)] SpecializedValue<int> transposeB,
        [DefaultValue(128)] SpecializedValue<int> tileM, [DefaultValue(128)] SpecializedValue<int> tileN,
        [DefaultValue(0)] SpecializedValue<int> bf16)
    {
        ArrayView<Float4> ring = SharedMemory.GetDynamic<Float4>();
        ArrayView<Float4> sums = LocalMemory.Allocate<Float4>(tileM / 32 * (tileN / 32));
        ArrayView<Float4> left = LocalMemory.Allocate<Float4>(tileM / 32);
        ArrayView<Float2> right = LocalMemory.Allocate<Float2>(tileN / 32);
        for (int i = 0; i < Loop.Unroll(tileM / 32 * (tileN / 32)); i++)
            sums[i] = default;
        int depth = Grid.IdxZ == Grid.DimZ - 1 ? lastK : K,
            tiles = (depth + TileK - 1) / TileK;
        int firstRow = Grid.IdxY * tileM, firstColumn = Grid.IdxX * tileN;
        int warpRow = Warp.WarpIdx / 4 * (tileM / 2), warpColumn = Warp.WarpIdx % 4 * (tileN / 4);
        int stage = MatMulStages.StageQuads(tileM, tileN, RowQuads), inB = RowQuads * tileM;
        ArrayView<float> itemA = a.SubView(Grid.IdxZ * batchA), itemB = b.SubView(Grid.IdxZ * batchB);
        for (int tile = 1 - Stages; tile < tiles; tile++)
        {
            if (tile >= 0)
            {
                AsyncCopy.Wait(Stages - 2);
                Group.Barrier();
            }
            int next = tile + Stages - 1;
            if (next < tiles)
            {
                ArrayView<Float4> target = ring.SubView(next % Stages * stage);
                MatMulStages.Load(itemA, strideA, firstRow, M, next * TileK, depth, 1 - transposeA, target,
                    tileM, TileK, RowQuads);
                MatMulStages.Load(itemB, strideB, firstColumn, N, next * TileK, depth, transposeB,
                    target.SubView(inB), tileN, TileK, RowQuads);
            }
            AsyncCopy.Commit();
            if (tile >= 0)
            {
                ArrayView<Float4> pieces = ring.SubView(tile % Stages * stage);
                ArrayView<float> rows = pieces.Cast<float>().SubView(First(warpRow, 1 - transposeA, tileM));
                ArrayView<float> columns =
                    pieces.SubView(inB).Cast<float>().SubView(First(warpColumn, transposeB, tileN));
                for (int k = 0; k < Loop.Unroll(TileK); k += bf16 != 0 ? 16 : 8)
                {
                    for (int i = 0; i < Loop.Unroll(tileM / 32); i++)
                        left[i] = Left(rows, 16 * i, k, 1 - transposeA, tileM, bf16);
                    for (int j = 0; j < Loop.Unroll(tileN / 32); j++)
                        right[j] = Right(columns, 8 * j, k, transposeB, tileN, bf16);
                    for (int i = 0; i < Loop.Unroll(tileM / 32); i++)
                        for (int j = 0; j < Loop.Unroll(tileN / 32); j++)
                            sums[i * (tileN / 32) + j] = bf16 != 0
                                ? TensorCore.MultiplyAddBf16(left[i], right[j], sums[i * (tileN / 32) + j])
                                : TensorCore.MultiplyAddTf32(left[i], right[j], sums[i * (tileN / 32) + j]);
                }
            }
        }
        AsyncCopy.Wait(0);
        ArrayView<float> itemC = c.SubView(Grid.IdxZ * batchC);
        for (int i = 0; i < Loop.Unroll(tileM / 32); i++)
            for (int j = 0; j < Loop.Unroll(tileN / 32); j++)
            {
                int row = firstRow + warpRow + 16 * i + Warp.LaneIdx / 4;
                int column = firstColumn + warpColumn + 8 * j + Warp.LaneIdx % 4 * 2;
                Float4 sum = sums[i * (tileN / 32) + j];
                MatMul.Put(itemC, strideC, bias, row, column, M, N, alpha, beta, sum.X);
                MatMul.Put(itemC, strideC, bias, row, column + 1, M, N, alpha, beta, sum.Y);
                MatMul.Put(itemC, strideC, bias, row + 8, column, M, N, alpha, beta, sum.Z);
                MatMul.Put(itemC, strideC, bias, row + 8, column + 1, M, N, alpha, beta, sum.W);
            }
    }

    /// <summary>The place of the first element that a lane reads: summands 2 t and 2 t + 1 of a row, t being lane % 4.
    /// For TF32 these stand where the manual has t and t + 4: any order of the summands will do that is the same for
    /// rows and columns, and neighbours are one read.</summary>
    private static int First(int first, int alongK, SpecializedValue<int> tile) =>
        MatMulStages.Index(first + Warp.LaneIdx / 4, Warp.LaneIdx % 4 * 2, alongK, tile, RowQuads);

    /// <summary>A lane's part of 16 rows from summand k on.</summary>
    private static Float4 Left(
        ArrayView<float> own, int row, int k, int alongK, SpecializedValue<int> tile, SpecializedValue<int> bf16) =>
        bf16 != 0
        ? new(Pair(own, row, k, alongK, tile), Pair(own, row + 8, k, alongK, tile),
            Pair(own, row, k + 8, alongK, tile), Pair(own, row + 8, k + 8, alongK, tile))
        : new(Round(own, row, k, alongK, tile), Round(own, row + 8, k, alongK, tile),
            Round(own, row, k + 1, alongK, tile), Round(own, row + 8, k + 1, alongK, tile));

    /// <summary>A lane's part of 8 columns from summand k on.</summary>
    private static Float2 Right(
        ArrayView<float> own, int column, int k, int alongK, SpecializedValue<int> tile, SpecializedValue<int> bf16) =>
        bf16 != 0
            ? new(Pair(own, column, k, alongK, tile), Pair(own, column, k + 8, alongK, tile))
            : new(Round(own, column, k, alongK, tile), Round(own, column, k + 1, alongK, tile));

    /// <summary>One element, rounded by a product where <see cref="TensorCore.RoundTf32"/> takes three instructions:
    /// the tensor core drops what is beyond 10 bits, before which this adds from a third to two thirds of the last one,
    /// as the mantissa goes from 1 to 2. Numbers of TF32 stay as they are; others err by at most two thirds of the last
    /// bit, to either side alike.</summary>
    private static float Round(ArrayView<float> own, int outer, int k, int alongK, SpecializedValue<int> tile) =>
        own[MatMulStages.Index(outer, k, alongK, tile, RowQuads)] * (1 + 1f / 3072);

    private static float Pair(ArrayView<float> own, int outer, int k, int alongK, SpecializedValue<int> tile) =>
        TensorCore.PackBf16(own[MatMulStages.Index(outer, k, alongK, tile, RowQuads)],
            own[MatMulStages.Index(outer, k + 1, alongK, tile, RowQuads)]);
}
