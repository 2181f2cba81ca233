using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>C[b] = alpha op(A[b]) op(B[b]) + beta C[b] + bias, for b in 0..Batch. Transposes are strides: element (m,
/// k) of op(A) is A[m * ARow + k * AColumn].</summary>
public unsafe struct MatMulArguments
{
    public int Batch, M, N, K;
    public float* A;        // [Batch] x op(A)[M, K]
    public nint ARow, AColumn, ABatch;
    public float* B;        // [Batch] x op(B)[K, N]
    public nint BRow, BColumn, BBatch;
    public float* C;        // [Batch] x [M, N], rows contiguous
    public nint CRow, CBatch;
    public float Alpha, Beta;
    public float* Bias;     // [N] or null
    public float* PackedB;  // [K, Cover(N) panels] for one batch item, or one per worker
    public nint PackedFloats;
    public float* PackedA;  // [workers, MatMul.PackedAFloats]
}

/// <summary>Batched matrix product after Goto and van de Geijn 2008: B packed in panels of 4 vectors, A in blocks that
/// stay in the L2 cache, a register tile in the middle. Every element of C is the sum over k in ascending order,
/// however the work is cut.</summary>
public static unsafe class MatMul<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const int DepthAtOnce = 256;
    private const int RowsAtOnce = 96;

    private static int PanelWidth => Tiles<S, V>.PanelWidth;

    /// <summary>Floats of PackedA for one worker.</summary>
    public static int PackedAFloats => DepthAtOnce * RowsAtOnce + Tiles<S, V>.PackedBeyond;

    /// <summary>Floats of PackedB for one product.</summary>
    public static nint PackedBFloats(int n, int k) => (nint)Tiles<S, V>.Cover(n, PanelWidth) * PanelWidth * k;

    /// <summary>Whole batch items per worker, each with a PackedB of its own.</summary>
    public static void RunBatch(in MatMulArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.Batch, worker, workers);
        for (int item = start; item < end; item++)
        {
            MatMulArguments one = Item(a, item);
            one.PackedB += worker * a.PackedFloats;
            one.PackedA += worker * (nint)PackedAFloats;
            Pack(one, 0, 1);
            Multiply(one, 0, a.M, 0, Tiles<S, V>.Cover(a.N, PanelWidth), one.PackedA);
        }
    }

    /// <summary>The arguments of one item of the batch.</summary>
    public static MatMulArguments Item(in MatMulArguments a, int item)
    {
        MatMulArguments one = a;
        one.A += item * a.ABatch;
        one.B += item * a.BBatch;
        one.C += item * a.CBatch;
        return one;
    }

    /// <summary>Packs a worker's share of B's panels: per block of depth, panel after panel, rows of
    /// <see cref="PanelWidth"/>, zero beyond N.</summary>
    public static void Pack(in MatMulArguments a, int worker, int workers)
    {
        int panels = Tiles<S, V>.Cover(a.N, PanelWidth);
        (int start, int end) = Tiles<S, V>.Share(panels, worker, workers);
        for (int depth = 0; depth < a.K; depth += DepthAtOnce)
        {
            int count = Math.Min(DepthAtOnce, a.K - depth);
            for (int panel = start; panel < end; panel++)
            {
                float* target = a.PackedB + ((nint)depth * panels + (nint)panel * count) * PanelWidth;
                float* source = a.B + depth * a.BRow + panel * PanelWidth * a.BColumn;
                PackPanel(source, a.BRow, a.BColumn, count, Math.Min(PanelWidth, a.N - panel * PanelWidth), a.Alpha,
                    target);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel(float* source, nint rowStride, nint columnStride, int rows, int columns, float alpha,
        float* target)
    {
        if (columns < PanelWidth)
            new Span<float>(target, rows * PanelWidth).Clear();
        if (columnStride == 1)
            Tiles<S, V>.CopyTile(rows, columns, source, rowStride, target, PanelWidth);
        else
            for (int column = 0; column < columns; column++) // columns outside: a transposed B is read along its rows
                for (int row = 0; row < rows; row++)
                    target[row * PanelWidth + column] = source[row * rowStride + column * columnStride];
        for (int i = 0; alpha != 1 && i < rows * PanelWidth; i += S.Width)
            S.Store(target + i, S.Mul(S.Set(alpha), S.Load(target + i)));
    }

    /// <summary>A worker's share of the rows of one product whose B is packed: for rows that the same worker has made,
    /// as it makes its share of the samples.</summary>
    public static void RunRows(in MatMulArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.M, worker, workers);
        Multiply(a, start, end, 0, Tiles<S, V>.Cover(a.N, PanelWidth), a.PackedA + worker * (nint)PackedAFloats);
    }

    /// <summary>A worker's share of one product whose B is packed: rows where there are enough, else panels.</summary>
    public static void Run(in MatMulArguments a, int worker, int workers)
    {
        int panels = Tiles<S, V>.Cover(a.N, PanelWidth);
        float* packed = a.PackedA + worker * (nint)PackedAFloats;
        if (a.M >= workers * S.TileRows || a.M >= panels)
        {
            (int start, int end) = Tiles<S, V>.Share(a.M, worker, workers);
            Multiply(a, start, end, 0, panels, packed);
        }
        else
        {
            (int start, int end) = Tiles<S, V>.Share(panels, worker, workers);
            Multiply(a, 0, a.M, start, end, packed);
        }
    }

    private static void Multiply(in MatMulArguments a, int rowStart, int rowEnd, int panelStart, int panelEnd,
        float* packed)
    {
        if (panelStart == panelEnd)
            return;
        bool fromC = a.Beta != 0 || a.Bias != null || a.K == 0;
        if (fromC)
            Prepare(a, rowStart, rowEnd, panelStart * PanelWidth, Math.Min(a.N, panelEnd * PanelWidth));
        for (int depth = 0; depth < a.K; depth += DepthAtOnce)
        {
            int count = Math.Min(DepthAtOnce, a.K - depth);
            for (int block = rowStart; block < rowEnd; block += RowsAtOnce)
                Block(a, block, Math.Min(rowEnd, block + RowsAtOnce), depth, count, panelStart, panelEnd,
                    fromC || depth > 0, packed);
        }
    }

    /// <summary>C = beta C + bias, to which the product is then added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Prepare(in MatMulArguments a, int rowStart, int rowEnd, int start, int end)
    {
        for (nint row = rowStart; row < rowEnd; row++)
            for (int column = start; column < end; column++)
            {
                float* c = a.C + row * a.CRow + column;
                *c = (a.Beta == 0 ? 0 : a.Beta * *c) + (a.Bias == null ? 0 : a.Bias[column]);
            }
    }

    /// <summary>C[rows, panels] (+)= A[rows, depth..depth+count] x B: A's block is packed once and meets every
    /// panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(in MatMulArguments a, int rowStart, int rowEnd, int depth, int count, int panelStart,
        int panelEnd, bool add, float* packed)
    {
        int panels = Tiles<S, V>.Cover(a.N, PanelWidth);
        // A block that is read once is read where it lies, unless its columns collide in the caches.
        bool pack = panelEnd - panelStart > 1 || a.AColumn >= Tiles<S, V>.WideRow;
        float* edge = stackalloc float[S.TileRows * PanelWidth];
        for (int panel = panelStart; panel < panelEnd; panel++)
        {
            float* b = a.PackedB + ((nint)depth * panels + (nint)panel * count) * PanelWidth;
            int columns = Math.Min(PanelWidth, a.N - panel * PanelWidth), vectors = Tiles<S, V>.Cover(columns, S.Width);
            for (int row = rowStart, rows; row < rowEnd; row += rows)
            {
                rows = Tiles<S, V>.NextRows(rowEnd - row);
                Operand left = Operand.Matrix(a.A + row * a.ARow + depth * a.AColumn, a.ARow, a.AColumn, count);
                if (pack)
                    left = PackA(left, rows, packed + (row - rowStart) * (nint)count, panel == panelStart);
                float* c = a.C + row * a.CRow + panel * PanelWidth;
                if (columns % S.Width == 0)
                    MicroKernel<S, V>.Multiply(rows, vectors, left, default, b, add ? c : null, a.CRow, c, a.CRow);
                else
                {
                    if (add)
                        Tiles<S, V>.CopyTile(rows, columns, c, a.CRow, edge, PanelWidth);
                    MicroKernel<S, V>.Multiply(rows, vectors, left, default, b, add ? edge : null, PanelWidth, edge,
                        PanelWidth);
                    Tiles<S, V>.CopyTile(rows, columns, edge, PanelWidth, c, a.CRow);
                }
            }
        }
    }

    /// <summary>A tile's rows side by side: row after row, or, of a transposed A, step after step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Operand PackA(in Operand source, int rows, float* target, bool copy)
    {
        int depth = (int)source.Steps;
        if (source.StepStride == 1)
        {
            if (copy)
                Tiles<S, V>.CopyTile(rows, depth, source.Data, source.RowStride, target, depth);
            return Operand.Matrix(target, depth, 1, depth);
        }
        if (copy)
            Tiles<S, V>.PackColumns(source, rows, target);
        return Operand.Matrix(target, 1, rows, depth);
    }
}
