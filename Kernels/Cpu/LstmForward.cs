using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>What forward and backward of one LSTM layer and direction share. W is the vector's width in floats, Q =
/// ceil(H/W) the number of unit blocks; a block's panel row holds the gates i, f, g, o of W units side by side: 4W
/// floats, which is what a register tile produces, what the gate functions read, and what the gradient products take as
/// their right operand. The batch is cut into slices, one per worker; a slice's gates and cells lie together, because
/// what two cores write and read in turn costs more to hand over than to compute.</summary>
public unsafe struct LstmLayer
{
    public int T, B, I, H;
    public int Slices;      // of the batch: one per worker
    public bool Reverse;    // time runs from T-1 to 0
    public bool Training;   // keep every step for backward; else only the current and the previous one
    public float* X;        // [T, B, I]
    public float* H0;       // [B, H] or null for zero
    public float* C0;       // [B, H] or null for zero
    public float* Y;        // [T, B, H]
    public float* Hidden;   // [T, B, H] h as the next step takes it: Y, or apart from it masked and handed on
    public float* HiddenStart; // [B, H] the same before the first step: H0, or apart from it
    public LstmExtras Extras;
    public float* Gates;    // per slice [Q, T*b, 4W] after their functions; backward turns them into gradients in place
    public float* Cells;    // per slice [Q, T*b, 2W] c and tanh(c)

    /// <summary>Steps that Gates and Cells have room for.</summary>
    public readonly int StepsKept => Training ? T : 2;

    /// <summary>The k-th step's time index.</summary>
    public readonly int Time(int step) => Reverse ? T - 1 - step : step;
}

/// <summary>One worker's samples of a layer, and where their gates and cells lie.</summary>
public readonly unsafe struct LstmSlice
{
    public readonly int Start, Count; // samples of the batch
    public readonly nint Rows;        // of Gates and Cells in a block
    private readonly int* _ends;      // [T + 1] or null
    public readonly float* Gates;     // [Q, Rows, 4W]
    public readonly float* Cells;     // [Q, Rows, 2W]

    /// <param name="width">W.</param>
    public LstmSlice(in LstmLayer layer, int index, int width)
    {
        Start = (int)((long)layer.B * index / layer.Slices);
        Count = (int)((long)layer.B * (index + 1) / layer.Slices) - Start;
        Rows = (nint)layer.StepsKept * Count;
        _ends = layer.Extras.Ends == null ? null : layer.Extras.Ends + (nint)index * (layer.T + 1);
        IsCompact = _ends != null && layer.Training;
        nint before = (nint)layer.StepsKept * Start * ((layer.H + width - 1) / width) * width;
        Gates = layer.Gates + before * 4;
        Cells = layer.Cells + before * 2;
    }

    /// <summary>Whether there are rows for samples that run alone; else for all at each time.</summary>
    public bool IsCompact { get; }

    /// <summary>Samples from the first on among which all are that run at a time.</summary>
    public int Running(int time) => _ends == null ? Count : _ends[time + 1] - _ends[time];

    /// <summary>In training, the row where a time's samples begin.</summary>
    public nint RowAt(int time) => IsCompact ? _ends[time] : (nint)time * Count;

    /// <summary>The row where the k-th step's samples begin.</summary>
    public nint Row(in LstmLayer layer, int step) =>
        layer.Training ? RowAt(layer.Time(step)) : (nint)(step & 1) * Count;
}

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
    public int* Arrivals;   // null: each worker has samples of its own. Else 0: all have all samples, and units of their own
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
