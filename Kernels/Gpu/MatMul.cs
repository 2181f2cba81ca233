namespace GpuLstm.Kernels.Gpu;

/// <summary>C[b] = alpha op(A[b]) op(B[b]) + beta C[b] + bias, batched. A group of Side x Side items computes a square
/// tile of C, an item a block of it in registers; pieces of A and B pass through shared memory. Dimension key: M rows,
/// N columns, K summands.</summary>
public static class MatMul
{
    /// <summary>Items along each side of a group.</summary>
    public const int Side = 16;

    /// <summary>Items of a group.</summary>
    public const int Items = Side * Side;

    /// <summary>Summands of a piece.</summary>
    public const int TileK = 16;

    /// <summary>The product. Groups: (ceil(N / tile), ceil(M / tile), batches) of <see cref="Items"/>, the tile having
    /// 4 * Side * TBlock.Squares rows and columns.</summary>
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
    public static void Tiled<TBlock>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, ArrayView<float> c, int M, int N, int K,
        int lastK, long strideA, long strideB, long strideC, long batchA, long batchB, long batchC, float alpha,
        float beta, int transposeA, int transposeB, int quads)
        where TBlock : struct, IMatMulBlock<TBlock>
    {
        ArrayView<Float4> pieceA = SharedMemory.Allocate<Float4>(TileK * Side * TBlock.Squares); // [TileK, tile / 4]
        ArrayView<Float4> pieceB = SharedMemory.Allocate<Float4>(TileK * Side * TBlock.Squares); // likewise
        int tile = 4 * Side * TBlock.Squares, depth = Grid.IdxZ == Grid.DimZ - 1 ? lastK : K;
        int itemRow = Group.IdxX / Side, itemColumn = Group.IdxX % Side;
        int firstRow = Grid.IdxY * tile, firstColumn = Grid.IdxX * tile;
        ArrayView<float> itemA = Item(a, batchA), itemB = Item(b, batchB);
        TBlock sums = default;
        for (int k = 0; k < depth; k += TileK)
        {
            if (quads != 0)
            {
                LoadQuads(itemA, strideA, firstRow, M, k, depth, 1 - transposeA, pieceA, tile);
                LoadQuads(itemB, strideB, firstColumn, N, k, depth, transposeB, pieceB, tile);
            }
            else
            {
                Load(itemA, strideA, firstRow, M, k, depth, 1 - transposeA, pieceA, tile);
                Load(itemB, strideB, firstColumn, N, k, depth, transposeB, pieceB, tile);
            }
            Sync.Barrier();
            for (int inner = 0; inner < TileK; inner += 4) // ILGPU unrolls nothing
            {
                long row = inner * (tile / 4) + itemRow, column = inner * (tile / 4) + itemColumn;
                TBlock.MultiplyAdd(ref sums, pieceA, row, pieceB, column);
                TBlock.MultiplyAdd(ref sums, pieceA, row + tile / 4, pieceB, column + tile / 4);
                TBlock.MultiplyAdd(ref sums, pieceA, row + tile / 2, pieceB, column + tile / 2);
                TBlock.MultiplyAdd(ref sums, pieceA, row + 3 * tile / 4, pieceB, column + 3 * tile / 4);
            }
            Sync.Barrier();
        }
        MatMulTarget to = new()
        {
            C = Item(c, batchC), Bias = bias, M = M, N = N, Stride = strideC, Alpha = alpha, Beta = beta,
        };
        TBlock.Store(ref sums, to, firstRow + 4 * itemRow, firstColumn + 4 * itemColumn);
    }

    /// <summary>From the group's batch item on.</summary>
    internal static ArrayView<float> Item(ArrayView<float> all, long batch) =>
        all.SubView(Grid.IdxZ * batch, all.Length - Grid.IdxZ * batch);

    /// <summary>Brings piece [TileK, tile] of an operand whose outer dimension (M or N) starts at
    /// <paramref name="first"/> and whose K dimension at <paramref name="k"/>; zero outside.
    /// <paramref name="rowsAlongK"/>: stored rows run along K.</summary>
    private static void Load(
        ArrayView<float> operand, long stride, int first, int count, int k, int K, int rowsAlongK,
        ArrayView<Float4> piece, int tile)
    {
        ArrayView<float> elements = piece.Cast<float>();
        for (int element = Group.IdxX; element < tile * TileK; element += Items)
        {
            int outer = rowsAlongK != 0 ? element / TileK : element % tile;
            int inner = rowsAlongK != 0 ? element % TileK : element / tile;
            float value = 0;
            if (first + outer < count && k + inner < K)
                value = operand[rowsAlongK != 0
                    ? (first + outer) * stride + k + inner : (k + inner) * stride + first + outer];
            elements[inner * tile + outer] = value;
        }
    }

    /// <summary>As <see cref="Load"/>, four elements of a stored row at a time.</summary>
    private static void LoadQuads(
        ArrayView<float> operand, long stride, int first, int count, int k, int K, int rowsAlongK,
        ArrayView<Float4> piece, int tile)
    {
        ArrayView<Float4> quads = operand.Cast<Float4>();
        ArrayView<float> elements = piece.Cast<float>();
        for (int element = Group.IdxX; element < tile * TileK / 4; element += Items)
        {
            Float4 value = default;
            if (rowsAlongK != 0)
            {
                int outer = element / (TileK / 4), inner = element % (TileK / 4) * 4;
                if (first + outer < count && k + inner < K)
                    value = quads[((first + outer) * stride + k + inner) / 4];
                elements[inner * tile + outer] = value.X;
                elements[(inner + 1) * tile + outer] = value.Y;
                elements[(inner + 2) * tile + outer] = value.Z;
                elements[(inner + 3) * tile + outer] = value.W;
            }
            else
            {
                int outer = element % (tile / 4), inner = element / (tile / 4);
                if (first + 4 * outer < count && k + inner < K)
                    value = quads[((k + inner) * stride + first) / 4 + outer];
                piece[element] = value;
            }
        }
    }

    /// <summary>The second pass of a product whose summands were shared out: C = alpha (sum of parts) + beta C + bias,
    /// the parts in order.</summary>
    /// <param name="place">row * N + column.</param>
    /// <param name="parts">[count, M, N].</param>
    /// <param name="bias">[N], or empty.</param>
    /// <param name="c">[M, N]; overwritten if <paramref name="beta"/> is 0, and then not read.</param>
    /// <param name="count">Parts.</param>
    /// <param name="M">Rows.</param>
    /// <param name="N">Columns.</param>
    /// <param name="stride">Elements from a row of C to the next.</param>
    /// <param name="alpha">Scales the sum.</param>
    /// <param name="beta">Scales what C held.</param>
    public static void AddParts(
        Index1D place, ArrayView<float> parts, ArrayView<float> bias, ArrayView<float> c, int count, int M, int N,
        long stride, float alpha, float beta)
    {
        float sum = 0;
        for (int part = 0; part < count; part++)
            sum += parts[(long)part * M * N + (int)place];
        MatMulTarget to = new() { C = c, Bias = bias, M = M, N = N, Stride = stride, Alpha = alpha, Beta = beta };
        MatMulTarget.Put(to, place / N, place % N, sum);
    }
}
