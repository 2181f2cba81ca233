using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>What forward and backward of one LSTM layer and direction share. W is the vector's width in floats, Q = ceil(H/W)
/// the number of unit blocks; a block's panel row holds the gates i, f, g, o of W units side by side: 4W floats, which is
/// what a register tile produces, what the gate functions read, and what the gradient products take as their right operand.</summary>
public unsafe struct LstmLayer
{
    public int T, B, I, H;
    public bool Reverse;    // time runs from T-1 to 0
    public bool Training;   // keep every step for backward; else only the current and the previous one
    public float* X;        // [T, B, I]
    public float* H0;       // [B, H] or null for zero
    public float* C0;       // [B, H] or null for zero
    public float* Y;        // [T, B, H]
    public float* Gates;    // [Q, T*B, 4W] after their functions; backward turns them into gradients in place
    public float* Cells;    // [Q, T*B, 2W] c and tanh(c)
    public float* Scratch;  // [workers, ScratchFloats]
    public nint ScratchFloats;

    /// <summary>The k-th step's time index.</summary>
    public readonly int Time(int step) => Reverse ? T - 1 - step : step;

    /// <summary>The row of Gates and Cells where the k-th step's batch begins.</summary>
    public readonly nint Row(int step) => Training ? (nint)Time(step) * B : (nint)(step & 1) * B;

    /// <summary>Rows of Gates and Cells in a block.</summary>
    public readonly nint Rows => Training ? (nint)T * B : 2 * (nint)B;
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
}

/// <summary>An LSTM layer over the whole sequence. Per step: (i, f, g, o) = (s, s, tanh, s)(W x + R h + b),
/// c = f c + i g, h = o tanh(c): Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000, without peepholes,
/// in PyTorch's notation (torch.nn.LSTM).</summary>
public static unsafe class LstmForward<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private static int W => S.Width;

    /// <summary>Packs a worker's share of the forward weights: per unit block, for each k the four gates' W weights side by side.</summary>
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
                for (int lane = 0; lane < W; lane++)
                    PackUnit(a, gate, block * W + lane, panel + gate * W + lane, bias + gate * W + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackUnit(in LstmForwardArguments a, int gate, int unit, float* column, float* bias)
    {
        int inputs = a.Layer.I, hidden = a.Layer.H;
        bool exists = unit < hidden; // a block's surplus units are zero, and stay so
        nint row = (nint)gate * hidden + unit;
        for (int k = 0; k < inputs; k++)
            column[k * 4 * W] = exists ? a.Weights.Ih[row * inputs + k] : 0;
        for (int k = 0; k < hidden; k++)
            column[(inputs + k) * 4 * W] = exists ? a.Weights.Hh[row * hidden + k] : 0;
        *bias = exists ? (a.Weights.BiasIh == null ? 0 : a.Weights.BiasIh[row]) + (a.Weights.BiasHh == null ? 0 : a.Weights.BiasHh[row]) : 0;
    }

    /// <summary>All steps for a worker's slice of the batch: it waits for nobody between the first and the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LstmForwardArguments a, int worker, int workers)
    {
        LstmLayer layer = a.Layer;
        (int start, int end) = Tiles<S, V>.Share(layer.B, worker, workers);
        int blocks = Tiles<S, V>.Cover(layer.H, W);
        for (int step = 0; step < layer.T; step++)
            for (int block = 0; block < blocks; block++)
                for (int s = start, rows; s < end; s += rows)
                {
                    rows = Tiles<S, V>.NextRows(end - s);
                    Block(a, step, block, s, rows);
                }
        CopyLast(a, start, end);
    }

    /// <summary>One step of <paramref name="rows"/> samples and W units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(in LstmForwardArguments a, int step, int block, int sample, int rows)
    {
        ref readonly LstmLayer layer = ref a.Layer;
        nint time = layer.Time(step), b = layer.B, h = layer.H;
        float* hidden = step == 0 ? layer.H0 : layer.Y + layer.Time(step - 1) * b * h;
        Operand input = Operand.Matrix(layer.X + (time * b + sample) * layer.I, layer.I, 1, layer.I);
        Operand recurrent = hidden == null ? default : Operand.Matrix(hidden + sample * h, h, 1, h);
        float* panel = a.Weights.Forward + block * (layer.I + h) * 4 * W;
        nint row = block * layer.Rows + layer.Row(step) + sample;
        float* gates = layer.Gates + row * 4 * W;
        MicroKernel<S, V>.Multiply(rows, 4, input, recurrent, panel, a.Weights.Bias + block * 4 * W, 0, gates, 4 * W);

        float* cells = layer.Cells + row * 2 * W;
        int units = Math.Min(W, layer.H - block * W);
        float* y = layer.Y + (time * b + sample) * h + block * W;
        if (step > 0)
        {
            float* previous = layer.Cells + (block * layer.Rows + layer.Row(step - 1) + sample) * 2 * W;
            Activate(rows, gates, previous, 2 * W, W, cells, y, h, units);
        }
        else if (layer.C0 != null)
            Activate(rows, gates, layer.C0 + sample * h + block * W, h, units, cells, y, h, units);
        else
            Activate(rows, gates, null, 0, 0, cells, y, h, units);
    }

    /// <summary>The gate functions and the cell, in place of the pre-activations that the product just left in the L1 cache.</summary>
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

    private static void CopyLast(in LstmForwardArguments a, int start, int end)
    {
        LstmLayer layer = a.Layer;
        int last = layer.T - 1;
        for (int s = start; s < end; s++)
        {
            if (a.HLast != null)
                Unsafe.CopyBlockUnaligned(a.HLast + (nint)s * layer.H, layer.Y + ((nint)layer.Time(last) * layer.B + s) * layer.H,
                    (uint)layer.H * sizeof(float));
            for (int unit = 0; a.CLast != null && unit < layer.H; unit++)
                a.CLast[(nint)s * layer.H + unit] =
                    layer.Cells[(unit / W * layer.Rows + layer.Row(last) + s) * 2 * W + unit % W];
        }
    }
}
