using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Weights, PyTorch's layout, and their packed form.</summary>
public unsafe struct LstmWeights
{
    public float* Ih;       // [4H, I], gates i, f, g, o
    public float* Hh;       // [4H, H]
    public float* BiasIh;   // [4H] or null
    public float* BiasHh;   // [4H] or null; the gates take the sum
    public float* Forward;  // [Q, I+H, 4W] packed
    public float* Bias;     // [Q, 4W] packed
    public float* BackwardH; // [ceil(H/4W), Q*4W, 4W] packed, for dh
    public float* BackwardX; // [ceil(I/4W), Q*4W, 4W] packed, for dx
}

/// <summary>Arguments of <see cref="LstmForward{S, V}.Run"/>.</summary>
public unsafe struct LstmForwardArguments
{
    public LstmLayer Layer;
    public LstmWeights Weights;
    public float* HLast;    // [B, H] or null, overwritten
    public float* CLast;    // [B, H] or null, overwritten
    public int* Arrivals;   // 0: all workers have all samples, and units of their own; null: samples of their own
}

/// <summary>An LSTM layer over the whole sequence. Per step: (i, f, g, o) = (s, s, tanh, s)(W x + R h + b),
/// c = f c + i g, h = o tanh(c): Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000, without
/// peepholes, in PyTorch's notation (torch.nn.LSTM).</summary>
public static unsafe class LstmForward<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private static int W => S.Width;

    /// <summary>Packs a worker's share of the forward weights: per unit block, for each k the four gates' W weights
    /// side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(in LstmForwardArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(Tiles<S, V>.Cover(a.Layer.H, W), worker, workers);
        int depth = a.Layer.I + a.Layer.H;
        for (int block = start; block < end; block++)
        {
            float* panel = a.Weights.Forward + (nint)block * depth * 4 * W;
            float* bias = a.Weights.Bias + block * 4 * W;
            for (int gate = 0; gate < 4; gate++)
            {
                int row = gate * a.Layer.H + block * W, units = Math.Min(W, a.Layer.H - block * W);
                PackGate(a.Weights.Ih + (nint)row * a.Layer.I, a.Layer.I, units, panel + gate * W);
                PackGate(a.Weights.Hh + (nint)row * a.Layer.H, a.Layer.H, units,
                    panel + ((nint)a.Layer.I * 4 + gate) * W);
                for (int lane = 0; lane < W; lane++)
                    bias[gate * W + lane] = lane >= units ? 0
                        : (a.Weights.BiasIh == null ? 0 : a.Weights.BiasIh[row + lane])
                        + (a.Weights.BiasHh == null ? 0 : a.Weights.BiasHh[row + lane]);
            }
        }
    }

    /// <summary>[units, depth] to depth rows of W, zero beyond the units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackGate(float* weights, nint depth, int units, float* panel)
    {
        nint k = 0;
        for (; units == W && k + 4 <= depth; k += 4, panel += 16 * W)
            for (int lane = 0; lane < W; lane += 4)
                Tiles<S, V>.Transpose4(weights + lane * depth + k, depth, panel + lane, 4 * W);
        for (; k < depth; k++, panel += 4 * W)
        {
            float* weight = weights + k;
            int lane = 0;
            for (; lane < units; lane++, weight += depth)
                panel[lane] = *weight;
            for (; lane < W; lane++)
                panel[lane] = 0;
        }
    }

    /// <summary>All steps for a worker's slice of the batch: it waits for nobody between the first and the last. Of a
    /// batch with fewer samples than workers it has some units instead, and waits for the others' after each
    /// step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LstmForwardArguments a, int worker, int workers)
    {
        int blocks = Tiles<S, V>.Cover(a.Layer.H, W), members = Math.Min(workers, blocks);
        bool shares = a.Arrivals != null;
        if (shares && worker >= members)
            return;
        var slice = new LstmSlice(a.Layer, shares ? 0 : worker, W);
        (int first, int end) = shares ? Tiles<S, V>.Share(blocks, worker, members) : (0, blocks);
        if (a.Layer.HiddenStart != a.Layer.H0)
            LstmVariant<S, V>.Start(a.Layer, slice);
        for (int step = 0; step < a.Layer.T; step++)
        {
            for (int block = first; block < end; block++)
            {
                int running = slice.Running(a.Layer.Time(step));
                for (int s = 0, rows; s < running; s += rows)
                {
                    rows = Tiles<S, V>.NextRows(running - s);
                    Block(a, slice, step, block, s, rows);
                }
                if (running < slice.Count) // these hand on their states
                    LstmVariant<S, V>.Activate(a.Layer, slice, step, block, running, slice.Count - running);
            }
            if (shares)
                Meet(ref *a.Arrivals, members * (step + 1));
        }
        if (!shares || worker == 0)
            CopyLast(a, slice);
    }

    /// <summary>Waits until so many have arrived in all.</summary>
    private static void Meet(ref int arrivals, int all)
    {
        Interlocked.Increment(ref arrivals);
        for (int spins = 0; Volatile.Read(ref arrivals) < all; spins++)
            if (spins < 10_000)
                Thread.SpinWait(1);
            else
                Thread.Yield(); // more workers than cores
    }

    /// <summary>One step of <paramref name="rows"/> samples and W units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(in LstmForwardArguments a, in LstmSlice slice, int step, int block, int s, int rows)
    {
        ref readonly LstmLayer layer = ref a.Layer;
        nint time = layer.Time(step), b = layer.B, h = layer.H, sample = slice.Start + s;
        float* hidden = step == 0 ? layer.HiddenStart : layer.Hidden + layer.Time(step - 1) * b * h;
        Operand input = Operand.Matrix(layer.X + (time * b + sample) * layer.I, layer.I, 1, layer.I);
        Operand recurrent = hidden == null ? default : Operand.Matrix(hidden + sample * h, h, 1, h);
        float* panel = a.Weights.Forward + block * (layer.I + h) * 4 * W;
        nint row = block * slice.Rows + slice.Row(layer, step) + s;
        float* gates = slice.Gates + row * 4 * W;
        MicroKernel<S, V>.Multiply(rows, 4, input, recurrent, panel, a.Weights.Bias + block * 4 * W, 0, gates, 4 * W);

        if (layer.Extras.Present)
        {
            LstmVariant<S, V>.Activate(layer, slice, step, block, s, rows);
            return;
        }

        float* cells = slice.Cells + row * 2 * W;
        int units = Math.Min(W, layer.H - block * W);
        float* y = layer.Y + (time * b + sample) * h + block * W;
        if (step > 0)
        {
            float* previous = slice.Cells + (block * slice.Rows + slice.Row(layer, step - 1) + s) * 2 * W;
            Activate(rows, gates, previous, 2 * W, W, cells, y, h, units);
        }
        else if (layer.C0 != null)
            Activate(rows, gates, layer.C0 + sample * h + block * W, h, units, cells, y, h, units);
        else
            Activate(rows, gates, null, 0, 0, cells, y, h, units);
    }

    /// <summary>The gate functions and the cell, in place of the pre-activations that the product just left in the L1
    /// cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Activate(int rows, float* gates, float* previous, nint previousStride, int previousUnits,
        float* cells, float* y, nint yStride, int units)
    {
        for (int r = 0; r < rows; r++)
        {
            V i = VectorMath<S, V>.Sigmoid(S.Load(gates));
            V f = VectorMath<S, V>.Sigmoid(S.Load(gates + W));
            V g = VectorMath<S, V>.Tanh(S.Load(gates + 2 * W));
            V o = VectorMath<S, V>.Sigmoid(S.Load(gates + 3 * W));
            V c = S.Mul(i, g);
            if (previous != null)
                c = S.Fma(f, Tiles<S, V>.LoadPart(previous, previousUnits), c);
            V tanh = VectorMath<S, V>.Tanh(c);
            S.Store(gates, i);
            S.Store(gates + W, f);
            S.Store(gates + 2 * W, g);
            S.Store(gates + 3 * W, o);
            S.Store(cells, c);
            S.Store(cells + W, tanh);
            Tiles<S, V>.StorePart(y, S.Mul(o, tanh), units);
            gates += 4 * W;
            cells += 2 * W;
            previous += previousStride;
            y += yStride;
        }
    }

    private static void CopyLast(in LstmForwardArguments a, in LstmSlice slice)
    {
        LstmLayer layer = a.Layer;
        int last = layer.T - 1;
        for (int s = 0; s < slice.Count; s++)
        {
            nint state = (nint)(slice.Start + s) * layer.H;
            int* lengths = layer.Extras.Lengths;
            int time = layer.Reverse || lengths == null ? layer.Time(last) : lengths[slice.Start + s] - 1;
            if (a.HLast != null)
                Unsafe.CopyBlockUnaligned(a.HLast + state, layer.Y + (nint)time * layer.B * layer.H + state,
                    (uint)layer.H * sizeof(float));
            nint row = slice.IsCompact ? slice.RowAt(time) : slice.Row(layer, last);
            for (int unit = 0; a.CLast != null && unit < layer.H; unit++)
                a.CLast[state + unit] = slice.Cells[(unit / W * slice.Rows + row + s) * 2 * W + unit % W];
        }
    }
}
