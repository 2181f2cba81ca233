namespace GpuLstm.Kernels.Gpu;

/// <summary><see cref="MatMul"/> in float32 for CUDA from sm_80 on: <see cref="MatMulStages"/> brings the pieces, and
/// an item computes a block of tileM / 16 by tileN / 16 elements in registers, four summands at a time. The same fused
/// multiply-adds in the same order as the portable product.</summary>
/// <remarks>Groups: (ceil(N / tileN), ceil(M / tileM), batches) of <see cref="MatMulStages.Items"/> items; dynamic
/// shared memory of Stages * StageQuads Float4. Offsets, strides, batch strides and the stored rows' lengths are
/// multiples of 4. At tiles of 128 a warp's 256 multiply-adds take 8 + 16 reads of shared memory: the multiply-adds are
/// the floor. NVRTC 12.4 makes 1200 instructions of a piece with its 1024 multiply-adds, and one group fills the
/// registers of a multiprocessor.</remarks>
public static partial class MatMulStaged
{
    /// <summary>Summands of a piece.</summary>
    public const int TileK = 16;

    private const int Stages = 3;               // pieces in the ring
    private const int RowQuads = TileK / 4 + 1; // lanes read a quad each, of 8 rows

    /// <summary>Quads of dynamic shared memory.</summary>
    public static int SharedQuads(int tileM, int tileN) => Stages * MatMulStages.StageQuads(tileM, tileN, RowQuads);

    /// <summary>C[b] = alpha op(A[b]) op(B[b]) + beta C[b] + bias; see <see cref="MatMul.Tiled"/> for the
    /// arguments.</summary>
    [Kernel(NoAlias = true, Targets = KernelTargets.Cuda, MinArch = 80)]
    public static void Float32(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> c, int M, int N, int K,
        int lastK, long strideA, long strideB, long strideC, long batchA, long batchB, long batchC, float alpha,
        float beta, [DefaultValue(0)] SpecializedValue<int> transposeA,
        [DefaultValue(0)] SpecializedValue<int> transposeB,
        [DefaultValue(128)] SpecializedValue<int> tileM, [DefaultValue(128)] SpecializedValue<int> tileN)
    {
        ArrayView<Float4> ring = SharedMemory.GetDynamic<Float4>();
        ArrayView<float> sums = LocalMemory.Allocate<float>(tileM / 16 * (tileN / 16));
        ArrayView<float> left = LocalMemory.Allocate<float>(tileM / 4);  // [4, tileM / 16]
        ArrayView<float> right = LocalMemory.Allocate<float>(tileN / 4); // [4, tileN / 16]
        for (int i = 0; i < Loop.Unroll(tileM / 16 * (tileN / 16)); i++)
            sums[i] = 0;
        int depth = Grid.IdxZ == Grid.DimZ - 1 ? lastK : K,
            tiles = (depth + TileK - 1) / TileK;
        int firstRow = Grid.IdxY * tileM, firstColumn = Grid.IdxX * tileN;
        int itemRow = Group.IdxX / 16, itemColumn = Group.IdxX % 16;
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
                ArrayView<Float4> rows = pieces.SubView(First(itemRow, 1 - transposeA));
                ArrayView<Float4> columns = pieces.SubView(inB + First(itemColumn, transposeB));
                for (int quad = 0; quad < Loop.Unroll(TileK / 4); quad++)
                {
                    Read(rows, quad, left, 1 - transposeA, tileM);
                    Read(columns, quad, right, transposeB, tileN);
                    Multiply(left, right, sums, tileM, tileN);
                }
            }
        }
        AsyncCopy.Wait(0);
        for (int i = 0; i < Loop.Unroll(tileM / 16); i++)
            for (int j = 0; j < Loop.Unroll(tileN / 16); j++)
                MatMul.Put(
                    c.SubView(Grid.IdxZ * batchC), strideC, bias, firstRow + Place(itemRow, i, 1 - transposeA),
                    firstColumn + Place(itemColumn, j, transposeB), M, N, alpha, beta, sums[i * (tileN / 16) + j]);
    }

    /// <summary>The i-th row (or column) of an item in its group's tile: neighbouring items read neighbouring places,
    /// quads of them where the piece does not run along K.</summary>
    private static int Place(int item, int i, int alongK) =>
        alongK != 0 ? 16 * i + item : i / 4 * 64 + 4 * item + i % 4;

    /// <summary>The quad of a piece where an item's elements begin.</summary>
    private static int First(int item, int alongK) => alongK != 0 ? item * RowQuads : item;

    /// <summary>An item's elements at four summands: values [4, tile / 16].</summary>
    private static void Read(
        ArrayView<Float4> own, int quad, ArrayView<float> values, int alongK, SpecializedValue<int> tile)
    {
        int block = tile / 16;
        if (alongK != 0)
            for (int i = 0; i < Loop.Unroll(block); i++)
            {
                Float4 value = own[16 * i * RowQuads + quad];
                values[i] = value.X;
                values[block + i] = value.Y;
                values[2 * block + i] = value.Z;
                values[3 * block + i] = value.W;
            }
        else
            for (int k = 0; k < Loop.Unroll(4); k++)
                for (int i = 0; i < Loop.Unroll(block / 4); i++)
                {
                    Float4 value = own[(4 * quad + k) * ((tile + MatMulStages.Gap) / 4) + 16 * i];
                    values[k * block + 4 * i] = value.X;
                    values[k * block + 4 * i + 1] = value.Y;
                    values[k * block + 4 * i + 2] = value.Z;
                    values[k * block + 4 * i + 3] = value.W;
                }
    }

    private static void Multiply(
        ArrayView<float> left, ArrayView<float> right, ArrayView<float> sums, SpecializedValue<int> tileM,
        SpecializedValue<int> tileN)
    {
        for (int k = 0; k < Loop.Unroll(4); k++)
            for (int i = 0; i < Loop.Unroll(tileM / 16); i++)
                for (int j = 0; j < Loop.Unroll(tileN / 16); j++)
                    sums[i * (tileN / 16) + j] = Fused.MultiplyAdd(
                        left[k * (tileM / 16) + i], right[k * (tileN / 16) + j], sums[i * (tileN / 16) + j]);
    }
}
