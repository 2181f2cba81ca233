using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>The left operand of a tile product: element (row, k) for k in Blocks x Steps. Any layout that two strides
/// can walk fits: row-major, transposed, and the panels that gate gradients are stored in.</summary>
public unsafe struct Operand
{
    public float* Data;
    public nint RowStride;   // floats from a row to the next
    public nint StepStride;  // floats from k to k + 1 within a block
    public nint Steps;       // k's in a block; 0: the operand is absent
    public nint BlockStride; // floats from a block to the next
    public nint Blocks;

    /// <summary>A plain matrix [rows, depth] with the given strides.</summary>
    public static Operand Matrix(float* data, nint rowStride, nint stepStride, nint depth) =>
        new() { Data = data, RowStride = rowStride, StepStride = stepStride, Steps = depth, Blocks = 1 };
}

/// <summary>The innermost loop of everything: a tile of up to 6 rows x 4 vectors kept in registers while it runs over
/// the depth. The method loads its accumulators, loops, stores, and calls nothing: accumulators that live across a call
/// make the JIT spill them inside the loop.</summary>
public static unsafe class MicroKernel<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>target = init + first x panel + second x panel's continuation, for <paramref name="rows"/> rows and
    /// <paramref name="vectors"/> vectors of columns. The panel holds depth x <see cref="Tiles{S, V}.PanelWidth"/>
    /// floats, first's depth and then second's.</summary>
    /// <param name="init">Start values, read with <paramref name="initStride"/> (0: one row for all, a bias); null:
    /// zero.</param>
    /// <param name="target">Overwritten; may be init.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(int rows, int vectors, in Operand first, in Operand second, float* panel,
        float* init, nint initStride, float* target, nint targetStride)
    {
        switch (vectors)
        {
            case 4: Rows<N4>(rows, first, second, panel, init, initStride, target, targetStride); break;
            case 3: Rows<N3>(rows, first, second, panel, init, initStride, target, targetStride); break;
            case 2: Rows<N2>(rows, first, second, panel, init, initStride, target, targetStride); break;
            default: Rows<N1>(rows, first, second, panel, init, initStride, target, targetStride); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<C>(int rows, in Operand first, in Operand second, float* panel,
        float* init, nint initStride, float* target, nint targetStride) where C : struct, INumber
    {
        switch (rows)
        {
            case 6: Tile<N6, C>(first, second, panel, init, initStride, target, targetStride); break;
            case 5: Tile<N5, C>(first, second, panel, init, initStride, target, targetStride); break;
            case 4: Tile<N4, C>(first, second, panel, init, initStride, target, targetStride); break;
            case 3: Tile<N3, C>(first, second, panel, init, initStride, target, targetStride); break;
            case 2: Tile<N2, C>(first, second, panel, init, initStride, target, targetStride); break;
            default: Tile<N1, C>(first, second, panel, init, initStride, target, targetStride); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<R, C>(in Operand first, in Operand second, float* panel,
        float* init, nint initStride, float* target, nint targetStride) where R : struct, INumber where C : struct,
        INumber
    {
        V c00 = default, c01 = default, c02 = default, c03 = default;
        V c10 = default, c11 = default, c12 = default, c13 = default;
        V c20 = default, c21 = default, c22 = default, c23 = default;
        V c30 = default, c31 = default, c32 = default, c33 = default;
        V c40 = default, c41 = default, c42 = default, c43 = default;
        V c50 = default, c51 = default, c52 = default, c53 = default;
        if (init != null)
        {
            {
                float* row = init + 0 * initStride;
                c00 = S.Load(row);
                if (C.Value > 1) c01 = S.Load(row + 1 * S.Width);
                if (C.Value > 2) c02 = S.Load(row + 2 * S.Width);
                if (C.Value > 3) c03 = S.Load(row + 3 * S.Width);
            }
            if (R.Value > 1)
            {
                float* row = init + 1 * initStride;
                c10 = S.Load(row);
                if (C.Value > 1) c11 = S.Load(row + 1 * S.Width);
                if (C.Value > 2) c12 = S.Load(row + 2 * S.Width);
                if (C.Value > 3) c13 = S.Load(row + 3 * S.Width);
            }
            if (R.Value > 2)
            {
                float* row = init + 2 * initStride;
                c20 = S.Load(row);
                if (C.Value > 1) c21 = S.Load(row + 1 * S.Width);
                if (C.Value > 2) c22 = S.Load(row + 2 * S.Width);
                if (C.Value > 3) c23 = S.Load(row + 3 * S.Width);
            }
            if (R.Value > 3)
            {
                float* row = init + 3 * initStride;
                c30 = S.Load(row);
                if (C.Value > 1) c31 = S.Load(row + 1 * S.Width);
                if (C.Value > 2) c32 = S.Load(row + 2 * S.Width);
                if (C.Value > 3) c33 = S.Load(row + 3 * S.Width);
            }
            if (R.Value > 4)
            {
                float* row = init + 4 * initStride;
                c40 = S.Load(row);
                if (C.Value > 1) c41 = S.Load(row + 1 * S.Width);
                if (C.Value > 2) c42 = S.Load(row + 2 * S.Width);
                if (C.Value > 3) c43 = S.Load(row + 3 * S.Width);
            }
            if (R.Value > 5)
            {
                float* row = init + 5 * initStride;
                c50 = S.Load(row);
                if (C.Value > 1) c51 = S.Load(row + 1 * S.Width);
                if (C.Value > 2) c52 = S.Load(row + 2 * S.Width);
                if (C.Value > 3) c53 = S.Load(row + 3 * S.Width);
            }
        }

        Operand operand = first;
        for (int pass = 0; pass < 2; pass++)
        {
            for (nint block = 0; block < operand.Blocks; block++)
            {
                float* a0 = operand.Data + block * operand.BlockStride;
                float* a1 = a0 + operand.RowStride, a2 = a1 + operand.RowStride, a3 = a2 + operand.RowStride,
                    a4 = a3 + operand.RowStride, a5 = a4 + operand.RowStride;
                nint stride = operand.StepStride, end = operand.Steps * stride;
                for (nint k = 0; k < end; k += stride)
                {
                    V b0 = S.Load(panel), b1 = default, b2 = default, b3 = default;
                    if (C.Value > 1) b1 = S.Load(panel + 1 * S.Width);
                    if (C.Value > 2) b2 = S.Load(panel + 2 * S.Width);
                    if (C.Value > 3) b3 = S.Load(panel + 3 * S.Width);
                    panel += 4 * S.Width;
                    {
                        V a = S.Set(a0[k]);
                        c00 = S.Fma(a, b0, c00);
                        if (C.Value > 1) c01 = S.Fma(a, b1, c01);
                        if (C.Value > 2) c02 = S.Fma(a, b2, c02);
                        if (C.Value > 3) c03 = S.Fma(a, b3, c03);
                    }
                    if (R.Value > 1)
                    {
                        V a = S.Set(a1[k]);
                        c10 = S.Fma(a, b0, c10);
                        if (C.Value > 1) c11 = S.Fma(a, b1, c11);
                        if (C.Value > 2) c12 = S.Fma(a, b2, c12);
                        if (C.Value > 3) c13 = S.Fma(a, b3, c13);
                    }
                    if (R.Value > 2)
                    {
                        V a = S.Set(a2[k]);
                        c20 = S.Fma(a, b0, c20);
                        if (C.Value > 1) c21 = S.Fma(a, b1, c21);
                        if (C.Value > 2) c22 = S.Fma(a, b2, c22);
                        if (C.Value > 3) c23 = S.Fma(a, b3, c23);
                    }
                    if (R.Value > 3)
                    {
                        V a = S.Set(a3[k]);
                        c30 = S.Fma(a, b0, c30);
                        if (C.Value > 1) c31 = S.Fma(a, b1, c31);
                        if (C.Value > 2) c32 = S.Fma(a, b2, c32);
                        if (C.Value > 3) c33 = S.Fma(a, b3, c33);
                    }
                    if (R.Value > 4)
                    {
                        V a = S.Set(a4[k]);
                        c40 = S.Fma(a, b0, c40);
                        if (C.Value > 1) c41 = S.Fma(a, b1, c41);
                        if (C.Value > 2) c42 = S.Fma(a, b2, c42);
                        if (C.Value > 3) c43 = S.Fma(a, b3, c43);
                    }
                    if (R.Value > 5)
                    {
                        V a = S.Set(a5[k]);
                        c50 = S.Fma(a, b0, c50);
                        if (C.Value > 1) c51 = S.Fma(a, b1, c51);
                        if (C.Value > 2) c52 = S.Fma(a, b2, c52);
                        if (C.Value > 3) c53 = S.Fma(a, b3, c53);
                    }
                }
            }

            operand = second;
        }

        {
            float* row = target + 0 * targetStride;
            S.Store(row, c00);
            if (C.Value > 1) S.Store(row + 1 * S.Width, c01);
            if (C.Value > 2) S.Store(row + 2 * S.Width, c02);
            if (C.Value > 3) S.Store(row + 3 * S.Width, c03);
        }
        if (R.Value > 1)
        {
            float* row = target + 1 * targetStride;
            S.Store(row, c10);
            if (C.Value > 1) S.Store(row + 1 * S.Width, c11);
            if (C.Value > 2) S.Store(row + 2 * S.Width, c12);
            if (C.Value > 3) S.Store(row + 3 * S.Width, c13);
        }
        if (R.Value > 2)
        {
            float* row = target + 2 * targetStride;
            S.Store(row, c20);
            if (C.Value > 1) S.Store(row + 1 * S.Width, c21);
            if (C.Value > 2) S.Store(row + 2 * S.Width, c22);
            if (C.Value > 3) S.Store(row + 3 * S.Width, c23);
        }
        if (R.Value > 3)
        {
            float* row = target + 3 * targetStride;
            S.Store(row, c30);
            if (C.Value > 1) S.Store(row + 1 * S.Width, c31);
            if (C.Value > 2) S.Store(row + 2 * S.Width, c32);
            if (C.Value > 3) S.Store(row + 3 * S.Width, c33);
        }
        if (R.Value > 4)
        {
            float* row = target + 4 * targetStride;
            S.Store(row, c40);
            if (C.Value > 1) S.Store(row + 1 * S.Width, c41);
            if (C.Value > 2) S.Store(row + 2 * S.Width, c42);
            if (C.Value > 3) S.Store(row + 3 * S.Width, c43);
        }
        if (R.Value > 5)
        {
            float* row = target + 5 * targetStride;
            S.Store(row, c50);
            if (C.Value > 1) S.Store(row + 1 * S.Width, c51);
            if (C.Value > 2) S.Store(row + 2 * S.Width, c52);
            if (C.Value > 3) S.Store(row + 3 * S.Width, c53);
        }
    }

    /// <summary>A number that the JIT sees as a constant.</summary>
    private interface INumber { static abstract int Value { get; } }
    private readonly struct N1 : INumber { public static int Value => 1; }
    private readonly struct N2 : INumber { public static int Value => 2; }
    private readonly struct N3 : INumber { public static int Value => 3; }
    private readonly struct N4 : INumber { public static int Value => 4; }
    private readonly struct N5 : INumber { public static int Value => 5; }
    private readonly struct N6 : INumber { public static int Value => 6; }
}
