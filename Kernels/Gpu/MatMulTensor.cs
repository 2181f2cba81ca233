namespace GpuLstm.Kernels.Gpu;

/// <summary><see cref="MatMul"/> on tensor cores, from sm_80 on: factors rounded to TF32 (10 bits of mantissa) or BF16 (7 bits),
/// sums in float32. <see cref="MatMulStages"/> brings the pieces; each of 2 x 4 warps computes a part of the tile.</summary>
/// <remarks>Groups, shared memory and multiples of 4 as in <see cref="MatMulStaged"/>. At tiles of 128 a warp's 16 products
/// of [16, 8] by [8, 8] take 24 reads of shared memory, which is about their own time on an H100.</remarks>
public static partial class MatMulTensor
{
    /// <summary>C[b] = alpha op(A[b]) op(B[b]) + beta C[b] + bias; see <see cref="MatMul.Tiled"/> for the other arguments.</summary>
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
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> c, int M, int N, int K, int lastK,
        long strideA, long strideB, long strideC, long batchA, long batchB, long batchC, float alpha, float beta,
        [DefaultValue(0)] SpecializedValue<int> transposeA, [DefaultValue(0)] SpecializedValue<int> transposeB,
        [DefaultValue(128)] SpecializedValue<int> tileM, [DefaultValue(128)] SpecializedValue<int> tileN,
        [DefaultValue(0)] SpecializedValue<int> bf16)
    {
        ArrayView<Float4> ring = SharedMemory.GetDynamic<Float4>();
        ArrayView<Float4> sums = LocalMemory.Allocate<Float4>(tileM / 32 * (tileN / 32));
        ArrayView<Float4> left = LocalMemory.Allocate<Float4>(tileM / 32);
        ArrayView<Float2> right = LocalMemory.Allocate<Float2>(tileN / 32);
        for (int i = 0; i < Loop.Unroll(tileM / 32 * (tileN / 32)); i++)
            sums[i] = default;
        int depth = Grid.IdxZ == Grid.DimZ - 1 ? lastK : K, tiles = (depth + MatMulStages.TileK - 1) / MatMulStages.TileK;
        int firstRow = Grid.IdxY * tileM, firstColumn = Grid.IdxX * tileN;
        int warpRow = Warp.WarpIdx / 4 * (tileM / 2), warpColumn = Warp.WarpIdx % 4 * (tileN / 4);
        int stage = MatMulStages.StageQuads(tileM, tileN), inB = MatMulStages.RowQuads * tileM;
        ArrayView<float> itemA = a.SubView(Grid.IdxZ * batchA), itemB = b.SubView(Grid.IdxZ * batchB);
        for (int tile = 1 - MatMulStages.Stages; tile < tiles; tile++)
        {
            if (tile >= 0)
            {
                AsyncCopy.Wait(MatMulStages.Stages - 2);
                Group.Barrier();
            }
            int next = tile + MatMulStages.Stages - 1;
            if (next < tiles)
            {
                ArrayView<Float4> target = ring.SubView(next % MatMulStages.Stages * stage);
                MatMulStages.Load(itemA, strideA, firstRow, M, next * MatMulStages.TileK, depth, 1 - transposeA, target, tileM);
                MatMulStages.Load(
                    itemB, strideB, firstColumn, N, next * MatMulStages.TileK, depth, transposeB, target.SubView(inB), tileN);
            }
            AsyncCopy.Commit();
            if (tile >= 0)
            {
                ArrayView<float> pieceA = ring.SubView(tile % MatMulStages.Stages * stage).Cast<float>();
                ArrayView<float> pieceB = ring.SubView(tile % MatMulStages.Stages * stage + inB).Cast<float>();
                for (int k = 0; k < Loop.Unroll(MatMulStages.TileK); k += bf16 != 0 ? 16 : 8)
                {
                    for (int i = 0; i < Loop.Unroll(tileM / 32); i++)
                        left[i] = Left(pieceA, warpRow + 16 * i, k, 1 - transposeA, tileM, bf16);
                    for (int j = 0; j < Loop.Unroll(tileN / 32); j++)
                        right[j] = Right(pieceB, warpColumn + 8 * j, k, transposeB, tileN, bf16);
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

    /// <summary>A lane's part of rows [first, first + 16) from summand k on.</summary>
    private static Float4 Left(
        ArrayView<float> piece, int first, int k, int alongK, SpecializedValue<int> tile, SpecializedValue<int> bf16)
    {
        int row = first + Warp.LaneIdx / 4, t = Warp.LaneIdx % 4;
        return bf16 != 0
            ? new(Pair(piece, row, k + 2 * t, alongK, tile), Pair(piece, row + 8, k + 2 * t, alongK, tile),
                Pair(piece, row, k + 2 * t + 8, alongK, tile), Pair(piece, row + 8, k + 2 * t + 8, alongK, tile))
            : new(Round(piece, row, k + t, alongK, tile), Round(piece, row + 8, k + t, alongK, tile),
                Round(piece, row, k + t + 4, alongK, tile), Round(piece, row + 8, k + t + 4, alongK, tile));
    }

    /// <summary>A lane's part of columns [first, first + 8) from summand k on.</summary>
    private static Float2 Right(
        ArrayView<float> piece, int first, int k, int alongK, SpecializedValue<int> tile, SpecializedValue<int> bf16)
    {
        int column = first + Warp.LaneIdx / 4, t = Warp.LaneIdx % 4;
        return bf16 != 0
            ? new(Pair(piece, column, k + 2 * t, alongK, tile), Pair(piece, column, k + 2 * t + 8, alongK, tile))
            : new(Round(piece, column, k + t, alongK, tile), Round(piece, column, k + t + 4, alongK, tile));
    }

    private static float Round(ArrayView<float> piece, int outer, int k, int alongK, SpecializedValue<int> tile) =>
        TensorCore.RoundTf32(MatMulStages.At(piece, outer, k, alongK, tile));

    private static float Pair(ArrayView<float> piece, int outer, int k, int alongK, SpecializedValue<int> tile) =>
        TensorCore.PackBf16(
            MatMulStages.At(piece, outer, k, alongK, tile), MatMulStages.At(piece, outer, k + 1, alongK, tile));
}
