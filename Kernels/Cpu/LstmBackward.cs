using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="LstmBackward{S, V}"/>. The layer is as forward left it, with Training
/// set.</summary>
public unsafe struct LstmBackwardArguments
{
    public LstmLayer Layer;
    public LstmWeights Weights;
    public float* DY;      // [T, B, H] or null for zero
    public float* DHLast;  // [B, H] gradient of the last step's h, or null
    public float* DCLast;  // [B, H] gradient of the last step's c, or null
    public float* DX;      // [T, B, I] or null, overwritten or added to
    public bool AccumulateDX;
    public float* DH0;     // [B, H] or null, overwritten
    public float* DC0;     // [B, H] or null, overwritten
    public float* DC;      // per slice [Q, b, W] the running gradient of c
    public float* Carry;   // like DHidden, what goes straight back to h of the step before; null for a plain layer
    public float* BiasSums; // [slices, Q, 4W] overwritten with the sums of the gates' gradients
    public float* DHidden; // per slice [b, ceil(H/4W) * 4W] the gradient that comes back through the recurrence
}

/// <summary>Backward through time of an LSTM layer: gate gradients overwrite the gates, step by step from the
/// last.</summary>
public static unsafe class LstmBackward<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private static int W => S.Width;

    /// <summary>Depth of a product's panel that is kept in the L2 cache, in gate blocks of 4W columns. A panel that
    /// fits the L1 cache is a tenth slower: its sums pass through memory four times as often.</summary>
    private static int BlocksAtOnce => Math.Max(1, 512 / (4 * S.Width));

    /// <summary>Floats of a sample's row of <see cref="LstmBackwardArguments.DHidden"/>.</summary>
    public static int HiddenStride(int hidden) => Tiles<S, V>.Cover(hidden, 4 * W) * 4 * W;

    /// <summary>Packs a worker's share of the transposed weights: rows in the gates' order, columns in
    /// panels.</summary>
    public static void Pack(in LstmBackwardArguments a, int worker, int workers)
    {
        LstmLayer layer = a.Layer;
        int blocks = Tiles<S, V>.Cover(layer.H, W);
        (int start, int end) = Tiles<S, V>.Share(blocks, worker, workers);
        PackTransposed(a.Weights.Hh, layer.H, layer.H, a.Weights.BackwardH, blocks, start, end);
        if (a.DX != null)
            PackTransposed(a.Weights.Ih, layer.H, layer.I, a.Weights.BackwardX, blocks, start, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTransposed(float* weights, int hidden, int columns, float* packed, int blocks, int start,
        int end)
    {
        int panels = Tiles<S, V>.Cover(columns, 4 * W);
        for (int panel = 0; panel < panels; panel++)
            for (int row = start * 4 * W; row < end * 4 * W; row++)
            {
                int gate = row / W % 4, unit = row / (4 * W) * W + row % W;
                float* target = packed + ((nint)panel * blocks * 4 * W + row) * 4 * W;
                int width = unit < hidden ? Math.Min(4 * W, columns - panel * 4 * W) : 0;
                Unsafe.CopyBlockUnaligned(target, weights + ((nint)gate * hidden + unit) * columns + panel * 4 * W,
                    (uint)width * sizeof(float));
                new Span<float>(target + width, 4 * W - width).Clear();
            }
    }

    /// <summary>All steps for a worker's slice of the batch, then the gradient of its inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LstmBackwardArguments a, int worker, int workers)
    {
        LstmLayer layer = a.Layer;
        var slice = new LstmSlice(layer, worker, W);
        int stride = HiddenStride(layer.H);
        nint gates = (nint)Tiles<S, V>.Cover(layer.H, W) * 4 * W;
        float* biases = a.BiasSums + worker * gates;
        new Span<float>(biases, (int)gates).Clear();
        float* dh = a.DHidden + (nint)slice.Start * stride,
            carry = a.Carry == null ? null : a.Carry + (nint)slice.Start * stride;
        for (int step = layer.T - 1; step >= 0; step--)
        {
            if (step < layer.T - 1)
                TimesWeights(layer, slice, step + 1, a.Weights.BackwardH, layer.H, dh, stride, padded: true,
                    add: false);
            for (int block = 0; block < Tiles<S, V>.Cover(layer.H, W); block++)
                if (layer.Extras.Present)
                    LstmVariant<S, V>.Gates(a, slice, step, block, dh, carry, stride, biases + block * 4 * W);
                else
                    Gates(a, slice, step, block, dh, stride, biases + block * 4 * W);
        }

        if (a.DH0 != null)
        {
            TimesWeights(layer, slice, 0, a.Weights.BackwardH, layer.H, dh, stride, padded: true, add: false);
            if (layer.Extras.Present)
                LstmVariant<S, V>.InitialGradient(a, slice, dh, carry, stride);
            else
                Tiles<S, V>.CopyTile(slice.Count, layer.H, dh, stride, a.DH0 + (nint)slice.Start * layer.H, layer.H);
        }

        for (int step = 0; a.DX != null && step < layer.T; step++)
        {
            float* dx = a.DX + ((nint)layer.Time(step) * layer.B + slice.Start) * layer.I;
            TimesWeights(layer, slice, step, a.Weights.BackwardX, layer.I, dx, layer.I, padded: false, a.AccumulateDX);
        }
    }

    /// <summary>target[sample, columns] (+)= dGates(step) x weights. The depth is walked in pieces whose panel stays in
    /// the L2 cache.</summary>
    /// <param name="target">The slice's first row.</param>
    /// <param name="padded">Whether target's rows have room for whole panels.</param>
    /// <param name="add">Whether target is added to; else overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TimesWeights(in LstmLayer layer, in LstmSlice slice, int step, float* packed, int columns,
        float* target, nint stride, bool padded, bool add)
    {
        int blocks = Tiles<S, V>.Cover(layer.H, W), running = slice.Running(layer.Time(step));
        for (int s = running; !add && s < slice.Count; s++) // their gates have no gradients
            new Span<float>(target + s * stride, columns).Clear();
        float* edge = stackalloc float[S.TileRows * 4 * W];
        for (int column = 0; column < columns; column += 4 * W)
        {
            int width = Math.Min(4 * W, columns - column), vectors = Tiles<S, V>.Cover(width, W);
            bool direct = padded || width % W == 0;
            for (int block = 0, count; block < blocks; block += count)
            {
                count = direct ? Math.Min(BlocksAtOnce, blocks - block) : blocks;
                float* panel = packed + ((nint)(column / (4 * W)) * blocks + block) * 4 * W * 4 * W;
                for (int s = 0, rows; s < running; s += rows)
                {
                    rows = Tiles<S, V>.NextRows(running - s);
                    Operand gradients = new()
                    {
                        Data = slice.Gates + (block * slice.Rows + slice.Row(layer, step) + s) * 4 * W,
                        RowStride = 4 * W, StepStride = 1, Steps = 4 * W, BlockStride = slice.Rows * 4 * W,
                        Blocks = count,
                    };
                    float* tile = target + s * stride + column;
                    if (direct)
                        MicroKernel<S, V>.Multiply(rows, vectors, gradients, default, panel,
                            block == 0 && !add ? null : tile, stride, tile, stride);
                    else
                    {
                        if (add)
                            Tiles<S, V>.CopyTile(rows, width, tile, stride, edge, 4 * W);
                        MicroKernel<S, V>.Multiply(rows, vectors, gradients, default, panel, add ? edge : null, 4 * W,
                            edge, 4 * W);
                        Tiles<S, V>.CopyTile(rows, width, edge, 4 * W, tile, stride);
                    }
                }
            }
        }
    }

    /// <summary>Gradients of a unit block's gates at one step, for the slice's samples: do = dh tanh(c) o(1-o);
    /// dc += dh o (1 - tanh(c)^2); di = dc g i(1-i); df = dc c' f(1-f); dg = dc i (1 - g^2); dc' = dc f.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gates(in LstmBackwardArguments a, in LstmSlice slice, int step, int block, float* dh,
        nint dhStride, float* bias)
    {
        ref readonly LstmLayer layer = ref a.Layer;
        bool last = step == layer.T - 1, first = step == 0;
        int units = Math.Min(W, layer.H - block * W), blocks = Tiles<S, V>.Cover(layer.H, W);
        nint h = layer.H, column = block * W, row = block * slice.Rows + slice.Row(layer, step);
        nint previousRow = first ? 0 : block * slice.Rows + slice.Row(layer, step - 1);
        float* dy = a.DY == null ? null : a.DY + (nint)layer.Time(step) * layer.B * h;
        float* dcSlice = a.DC + ((nint)slice.Start * blocks + (nint)block * slice.Count) * W;
        V one = S.Set(1f);
        V di = S.Load(bias), df = S.Load(bias + W), dg = S.Load(bias + 2 * W), dO = S.Load(bias + 3 * W);
        for (nint s = 0; s < slice.Count; s++)
        {
            float* gates = slice.Gates + (row + s) * 4 * W;
            float* cells = slice.Cells + (row + s) * 2 * W;
            float* dcRunning = dcSlice + s * W;
            nint state = (slice.Start + s) * h + column; // in [B, H]
            V dhidden = !last ? S.Load(dh + s * dhStride + column) : a.DHLast != null
                ? Tiles<S, V>.LoadPart(a.DHLast + state, units) : default;
            if (dy != null)
                dhidden = S.Add(dhidden, Tiles<S, V>.LoadPart(dy + state, units));
            V dc = !last ? S.Load(dcRunning) : a.DCLast != null ? Tiles<S, V>.LoadPart(a.DCLast + state, units)
                : default;
            V previous = !first ? S.Load(slice.Cells + (previousRow + s) * 2 * W)
                : layer.C0 != null ? Tiles<S, V>.LoadPart(layer.C0 + state, units) : default;

            V i = S.Load(gates), f = S.Load(gates + W), g = S.Load(gates + 2 * W), o = S.Load(gates + 3 * W);
            V tanh = S.Load(cells + W);
            V dho = S.Mul(dhidden, o);
            dc = S.Add(dc, S.Mul(dho, S.Sub(one, S.Mul(tanh, tanh))));
            V toI = S.Mul(S.Mul(dc, g), S.Mul(i, S.Sub(one, i)));
            V toF = S.Mul(S.Mul(dc, previous), S.Mul(f, S.Sub(one, f)));
            V toG = S.Mul(S.Mul(dc, i), S.Sub(one, S.Mul(g, g)));
            V toO = S.Mul(S.Mul(dho, tanh), S.Sub(one, o));
            S.Store(gates, toI);
            S.Store(gates + W, toF);
            S.Store(gates + 2 * W, toG);
            S.Store(gates + 3 * W, toO);
            di = S.Add(di, toI);
            df = S.Add(df, toF);
            dg = S.Add(dg, toG);
            dO = S.Add(dO, toO);
            dc = S.Mul(dc, f);
            S.Store(dcRunning, dc);
            if (first && a.DC0 != null)
                Tiles<S, V>.StorePart(a.DC0 + state, dc, units);
        }
        S.Store(bias, di);
        S.Store(bias + W, df);
        S.Store(bias + 2 * W, dg);
        S.Store(bias + 3 * W, dO);
    }
}
