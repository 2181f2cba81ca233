namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="LstmWeightGradients{S, V}.Run"/>: the layer's gates hold their gradients.</summary>
public unsafe struct LstmWeightGradientsArguments
{
    public LstmLayer Layer;
    public float* DIh;      // [4H, I], overwritten
    public float* DHh;      // [4H, H], overwritten
    public float* DBiasIh;  // [4H] or null, overwritten
    public float* DBiasHh;  // [4H] or null, overwritten; equals DBiasIh
}

/// <summary>Gradients of an LSTM layer's weights: each one product over all T*B rows, [x | h']^T x dGates, after the whole
/// backward loop. A worker owns whole elements of the result and adds up in a fixed order, so the bits depend on nothing else.</summary>
public static unsafe class LstmWeightGradients<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const int RowsAtOnce = 128; // 4W x 128 floats of gate gradients stay in the L1 cache

    private static int W => S.Width;

    /// <summary>Floats of <see cref="LstmLayer.Scratch"/> that a worker needs.</summary>
    public static nint ScratchFloats(int inputs, int hidden) => (nint)(inputs + hidden + 1) * 4 * W;

    /// <summary>A worker's share: unit blocks, each cut by features too when blocks alone do not divide evenly.</summary>
    public static void Run(in LstmWeightGradientsArguments a, int worker, int workers)
    {
        int blocks = Tiles<S, V>.Cover(a.Layer.H, W), features = a.Layer.I + a.Layer.H;
        int parts = blocks % workers == 0 ? 1 : workers;
        (int start, int end) = Tiles<S, V>.Share(blocks * parts, worker, workers);
        for (int item = start; item < end; item++)
        {
            (int from, int to) = Tiles<S, V>.Share(features, item % parts, parts);
            Block(a, item / parts, from, to, a.Layer.Scratch + worker * a.Layer.ScratchFloats);
        }
    }

    /// <summary>Gradients of features from..to (inputs first, then hidden units) for the 4W gates of a block.</summary>
    private static void Block(in LstmWeightGradientsArguments a, int block, int from, int to, float* sums)
    {
        LstmLayer layer = a.Layer;
        float* gradients = layer.Gates + block * layer.Rows * 4 * W;
        int features = layer.I + layer.H;
        new Span<float>(sums, (features + 1) * 4 * W).Clear();
        nint rows = (nint)layer.T * layer.B, b = layer.B, h = layer.H;
        (nint h0Row, nint yRow) = layer.Reverse ? (rows - b, (nint)0) : ((nint)0, b); // rows whose h' is h0, and where those with h' in Y begin
        float* y = layer.Reverse ? layer.Y + b * h : layer.Y;
        int inputTo = Math.Min(to, layer.I), hiddenFrom = Math.Max(from - layer.I, 0), hiddenTo = to - layer.I;
        for (nint row = 0; row < rows; row += RowsAtOnce)
        {
            nint stop = Math.Min(rows, row + RowsAtOnce);
            Accumulate(layer.X, layer.I, 0, row, stop, gradients, from, inputTo, sums);
            float* hiddenSums = sums + layer.I * 4 * W;
            Accumulate(y, layer.H, yRow, Math.Max(row, yRow), Math.Min(stop, yRow + rows - b), gradients, hiddenFrom, hiddenTo, hiddenSums);
            if (layer.H0 != null)
                Accumulate(layer.H0, layer.H, h0Row, Math.Max(row, h0Row), Math.Min(stop, h0Row + b), gradients, hiddenFrom, hiddenTo, hiddenSums);
            if (from == 0)
                AddRows(gradients + row * 4 * W, stop - row, sums + features * 4 * W);
        }

        Unpack(sums, layer.I, layer.H, block, from, inputTo, a.DIh);
        Unpack(sums + layer.I * 4 * W, layer.H, layer.H, block, hiddenFrom, hiddenTo, a.DHh);
        if (from == 0 && a.DBiasIh != null)
            Unpack(sums + features * 4 * W, 1, layer.H, block, 0, 1, a.DBiasIh);
        if (from == 0 && a.DBiasHh != null)
            Unpack(sums + features * 4 * W, 1, layer.H, block, 0, 1, a.DBiasHh);
    }

    /// <summary>sums[from..to, 4W] += values[row - origin]^T x gradients[row], over the given rows.</summary>
    private static void Accumulate(float* values, nint width, nint origin, nint row, nint stop, float* gradients, int from, int to, float* sums)
    {
        if (row >= stop)
            return;
        for (int feature = from, count; feature < to; feature += count)
        {
            count = Tiles<S, V>.NextRows(to - feature);
            Operand features = Operand.Matrix(values + (row - origin) * width + feature, 1, width, stop - row);
            float* tile = sums + feature * 4 * W;
            MicroKernel<S, V>.Multiply(count, 4, features, default, gradients + row * 4 * W, tile, 4 * W, tile, 4 * W);
        }
    }

    private static void AddRows(float* gradients, nint rows, float* sum)
    {
        V s0 = S.Load(sum), s1 = S.Load(sum + W), s2 = S.Load(sum + 2 * W), s3 = S.Load(sum + 3 * W);
        for (nint r = 0; r < rows; r++, gradients += 4 * W)
        {
            s0 = S.Add(s0, S.Load(gradients));
            s1 = S.Add(s1, S.Load(gradients + W));
            s2 = S.Add(s2, S.Load(gradients + 2 * W));
            s3 = S.Add(s3, S.Load(gradients + 3 * W));
        }
        S.Store(sum, s0);
        S.Store(sum + W, s1);
        S.Store(sum + 2 * W, s2);
        S.Store(sum + 3 * W, s3);
    }

    /// <summary>From [feature, (gate, unit of the block)] to PyTorch's [(gate, unit), feature].</summary>
    private static void Unpack(float* sums, int features, int hidden, int block, int from, int to, float* target)
    {
        int units = Math.Min(W, hidden - block * W);
        for (int gate = 0; gate < 4; gate++)
            for (int unit = 0; unit < units; unit++)
            {
                float* row = target + ((nint)gate * hidden + block * W + unit) * features;
                for (int feature = from; feature < to; feature++)
                    row[feature] = sums[feature * 4 * W + gate * W + unit];
            }
    }
}
