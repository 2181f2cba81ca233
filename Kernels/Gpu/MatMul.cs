namespace GpuLstm.Kernels.Gpu;

/// <summary>C[b] = alpha op(A[b]) op(B[b]) + beta C[b] + bias, batched. A group computes a tile of C, an item a block
/// of it in registers; pieces of A and B pass through shared memory. Dimension key: M rows, N columns, K
/// summands.</summary>
public static partial class MatMul
{
    /// <summary>The product. Groups: (ceil(N / tileN), ceil(M / tileM), batches) of
    /// ((tileN / blockN) * (tileM / blockM), 1, 1) items.</summary>
    /// <param name="a">[M, K], or [K, M] if <paramref name="transposeA"/>.</param>
    /// <param name="b">[K, N], or [N, K] if <paramref name="transposeB"/>.</param>
    /// <param name="bias">[N], or empty.</param>
    /// <param name="c">[M, N]; overwritten if <paramref name="beta"/> is 0, and then not read.</param>
    /// <param name="M">Rows of C.</param>
    /// <param name="N">Columns of C.</param>
    /// <param name="K">Summands.</param>
    /// <param name="lastK">Summands of the last batch item, which may have fewer.</param>
    /// <param name="strideA">Elements from a stored row of A to the next; of B and C likewise.</param>
    /// <param name="strideB">Of B.</param>
    /// <param name="strideC">Of C.</param>
    /// <param name="batchA">Elements from one batch item's A to the next; of B and C likewise.</param>
    /// <param name="batchB">Of B.</param>
    /// <param name="batchC">Of C.</param>
    /// <param name="alpha">Scales the product.</param>
    /// <param name="beta">Scales what C held.</param>
    /// <param name="transposeA">1 or 0.</param>
    /// <param name="transposeB">1 or 0.</param>
    /// <param name="quads">1 if offsets, strides, batch strides and the stored rows' lengths are multiples of 4: loads
    /// of 4.</param>
    /// <param name="tileM">Rows of a group's tile, a multiple of <paramref name="blockM"/>.</param>
    /// <param name="tileN">Columns of it, a multiple of <paramref name="blockN"/>.</param>
    /// <param name="tileK">Summands at a time, a multiple of 4.</param>
    /// <param name="blockM">Rows of an item's block, a multiple of 4.</param>
    /// <param name="blockN">Columns of it, a multiple of 4.</param>
    [Kernel(NoAlias = true)]
    public static void Tiled(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> c, int M, int N, int K,
        int lastK, long strideA, long strideB, long strideC, long batchA, long batchB, long batchC, float alpha,
        float beta, [DefaultValue(0)] SpecializedValue<int> transposeA,
        [DefaultValue(0)] SpecializedValue<int> transposeB,
        [DefaultValue(0)] SpecializedValue<int> quads,
        [DefaultValue(64)] SpecializedValue<int> tileM, [DefaultValue(64)] SpecializedValue<int> tileN,
        [DefaultValue(16)] SpecializedValue<int> tileK,
        [DefaultValue(4)] SpecializedValue<int> blockM, [DefaultValue(4)] SpecializedValue<int> blockN)
    {
        ArrayView<float> pieceA = SharedMemory.Allocate<float>(tileK * tileM); // [tileK, tileM]
        ArrayView<float> pieceB = SharedMemory.Allocate<float>(tileK * tileN); // [tileK, tileN]
        ArrayView<float> sums = LocalMemory.Allocate<float>(blockM * blockN);
        for (int i = 0; i < Loop.Unroll(blockM * blockN); i++)
            sums[i] = 0;

        int itemsN = tileN / blockN, depth = Grid.IdxZ == Grid.DimZ - 1 ? lastK : K;
        int blockRow = Group.IdxX / itemsN * 4, blockColumn = Group.IdxX % itemsN * 4;
        int firstRow = Grid.IdxY * tileM, firstColumn = Grid.IdxX * tileN;
        ArrayView<float> itemA = a.SubView(Grid.IdxZ * batchA), itemB = b.SubView(Grid.IdxZ * batchB);
        for (int k = 0; k < depth; k += tileK)
        {
            if (quads != 0)
            {
                LoadQuads(itemA, strideA, firstRow, M, k, depth, 1 - transposeA, pieceA, tileM, tileK);
                LoadQuads(itemB, strideB, firstColumn, N, k, depth, transposeB, pieceB, tileN, tileK);
            }
            else
            {
                Load(itemA, strideA, firstRow, M, k, depth, 1 - transposeA, pieceA, tileM, tileK);
                Load(itemB, strideB, firstColumn, N, k, depth, transposeB, pieceB, tileN, tileK);
            }
            Group.Barrier();
            Multiply(pieceA, pieceB, sums, blockRow, blockColumn, tileM, tileN, tileK, blockM, blockN);
            Group.Barrier();
        }
        Store(c.SubView(Grid.IdxZ * batchC), strideC, bias, sums, firstRow + blockRow, firstColumn + blockColumn, M, N,
            alpha, beta, tileM, tileN, blockM, blockN);
    }

    /// <summary>Brings piece [tileK, tile] of an operand whose outer dimension (M or N) starts at
    /// <paramref name="first"/> and whose K dimension at <paramref name="k"/>; zero outside.
    /// <paramref name="rowsAlongK"/>: stored rows run along K.</summary>
    private static void Load(
        ArrayView<float> operand, long stride, int first, int count, int k, int K, int rowsAlongK,
        ArrayView<float> piece, SpecializedValue<int> tile, SpecializedValue<int> tileK)
    {
        for (int element = Group.IdxX; element < tile * tileK; element += Group.DimX)
        {
            int outer = rowsAlongK != 0 ? element / tileK : element % tile;
            int inner = rowsAlongK != 0 ? element % tileK : element / tile;
            float value = 0;
            if (first + outer < count && k + inner < K)
                value = rowsAlongK != 0
                    ? operand[(first + outer) * stride + k + inner] : operand[(k + inner) * stride + first + outer];
            piece[inner * tile + outer] = value;
        }
    }

    /// <summary>As <see cref="Load"/>, four elements of a stored row at a time.</summary>
    private static void LoadQuads(
        ArrayView<float> operand, long stride, int first, int count, int k, int K, int rowsAlongK,
        ArrayView<float> piece, SpecializedValue<int> tile, SpecializedValue<int> tileK)
    {
        ArrayView<Float4> quads = operand.Cast<Float4>();
        ArrayView<Float4> pieceQuads = piece.Cast<Float4>();
        for (int element = Group.IdxX; element < tile * tileK / 4; element += Group.DimX)
        {
            Float4 value = default;
            if (rowsAlongK != 0)
            {
                int outer = element / (tileK / 4), inner = element % (tileK / 4) * 4;
                if (first + outer < count && k + inner < K)
                    value = quads[((first + outer) * stride + k + inner) / 4];
                piece[inner * tile + outer] = value.X;
                piece[(inner + 1) * tile + outer] = value.Y;
                piece[(inner + 2) * tile + outer] = value.Z;
                piece[(inner + 3) * tile + outer] = value.W;
            }
            else
            {
                int outer = element % (tile / 4) * 4, inner = element / (tile / 4);
                if (first + outer < count && k + inner < K)
                    value = quads[((k + inner) * stride + first + outer) / 4];
                pieceQuads[(inner * tile + outer) / 4] = value;
            }
        }
    }

    /// <summary>sums += A's piece times B's. An item's block is made of 4x4 squares that lie a whole group apart, so
    /// that neighbouring items read neighbouring quads.</summary>
    private static void Multiply(
        ArrayView<float> pieceA, ArrayView<float> pieceB, ArrayView<float> sums, int blockRow, int blockColumn,
        SpecializedValue<int> tileM, SpecializedValue<int> tileN, SpecializedValue<int> tileK,
        SpecializedValue<int> blockM, SpecializedValue<int> blockN)
    {
        int apartM = tileM / (blockM / 4), apartN = tileN / (blockN / 4);
        for (int k = 0; k < tileK; k++)
            for (int i = 0; i < Loop.Unroll(blockM); i++)
            {
                float left = pieceA[k * tileM + blockRow + i / 4 * apartM + i % 4];
                for (int j = 0; j < Loop.Unroll(blockN); j++)
                    sums[i * blockN + j] = Fused.MultiplyAdd(
                        left, pieceB[k * tileN + blockColumn + j / 4 * apartN + j % 4], sums[i * blockN + j]);
            }
    }

    private static void Store(
        ArrayView<float> c, long stride, ArrayView<float> bias, ArrayView<float> sums, int firstRow, int firstColumn,
        int M, int N, float alpha, float beta, SpecializedValue<int> tileM, SpecializedValue<int> tileN,
        SpecializedValue<int> blockM, SpecializedValue<int> blockN)
    {
        int apartM = tileM / (blockM / 4), apartN = tileN / (blockN / 4);
        for (int i = 0; i < Loop.Unroll(blockM); i++)
            for (int j = 0; j < Loop.Unroll(blockN); j++)
            {
                int row = firstRow + i / 4 * apartM + i % 4, column = firstColumn + j / 4 * apartN + j % 4;
                Put(c, stride, bias, row, column, M, N, alpha, beta, sums[i * blockN + j]);
            }
    }

    /// <summary>One element of C, if it is inside.</summary>
    internal static void Put(
        ArrayView<float> c, long stride, ArrayView<float> bias, int row, int column, int M, int N, float alpha,
        float beta, float sum)
    {
        if (row >= M || column >= N)
            return;
        float value = alpha * sum;
        if (bias.Length > 0)
            value += bias[column];
        if (beta != 0)
            value = Fused.MultiplyAdd(beta, c[row * stride + column], value);
        c[row * stride + column] = value;
    }

    /// <summary>The second pass of a product whose summands were shared out: C = alpha (sum of parts) + beta C + bias,
    /// the parts in order.</summary>
    /// <param name="index">X: column, Y: row.</param>
    /// <param name="parts">[count, M, N].</param>
    /// <param name="bias">[N], or empty.</param>
    /// <param name="c">[M, N]; overwritten if <paramref name="beta"/> is 0, and then not read.</param>
    /// <param name="count">Parts.</param>
    /// <param name="M">Rows.</param>
    /// <param name="N">Columns.</param>
    /// <param name="stride">Elements from a row of C to the next.</param>
    /// <param name="alpha">Scales the sum.</param>
    /// <param name="beta">Scales what C held.</param>
    [Kernel(NoAlias = true)]
    public static void AddParts(
        Index2D index, ArrayView<float> parts, ArrayView<float> bias, ArrayView<float> c, int count, int M, int N,
        long stride, float alpha, float beta)
    {
        float sum = 0;
        for (int part = 0; part < count; part++)
            sum += parts[((long)part * M + index.Y) * N + index.X];
        Put(c, stride, bias, index.Y, index.X, M, N, alpha, beta, sum);
    }
}
