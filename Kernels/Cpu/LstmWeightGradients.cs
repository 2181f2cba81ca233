using System.Runtime.CompilerServices;

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
    private const int RowsAtOnce = 128;     // 4W x 128 floats of gate gradients stay in the L1 cache
    private const int FeaturesAtOnce = 120; // packed features stay in the L2 cache while they meet every block
    private const int WideRow = 256;        // floats from which columns of the inputs collide in the caches, unless packed

    private static int W => S.Width;

    /// <summary>Floats of <see cref="LstmLayer.Scratch"/> that a worker needs.</summary>
    public static nint ScratchFloats(int inputs, int hidden, int workers) =>
        (nint)(inputs + hidden + 1) * 4 * W * BlocksPerWorker(Tiles<S, V>.Cover(hidden, W), workers) + RowsAtOnce * FeaturesAtOnce;

    /// <summary>Workers share the unit blocks where those divide evenly, else the features.</summary>
    private static int BlocksPerWorker(int blocks, int workers) => blocks % workers == 0 ? blocks / workers : blocks;

    /// <summary>A worker's share.</summary>
    public static void Run(in LstmWeightGradientsArguments a, int worker, int workers)
    {
        LstmLayer layer = a.Layer;
        int blocks = Tiles<S, V>.Cover(layer.H, W), features = layer.I + layer.H;
        bool byBlock = blocks % workers == 0;
        (int blockStart, int blockEnd) = byBlock ? Tiles<S, V>.Share(blocks, worker, workers) : (0, blocks);
        (int from, int to) = byBlock ? (0, features) : Tiles<S, V>.Share(features, worker, workers);

        float* sums = layer.Scratch + worker * layer.ScratchFloats; // [blocks, inputs + hidden + 1, 4W]
        nint blockSums = (nint)(features + 1) * 4 * W;
        float* packed = sums + (blockEnd - blockStart) * blockSums;
        new Span<float>(sums, (int)((blockEnd - blockStart) * blockSums)).Clear();
        var part = new Part { Layer = layer, BlockStart = blockStart, BlockEnd = blockEnd, BlockSums = blockSums, Packed = packed };
        Inputs(part, from, Math.Min(to, layer.I), sums);
        Hidden(part, Math.Max(from - layer.I, 0), to - layer.I, sums + layer.I * 4 * W);

        for (int block = blockStart; block < blockEnd; block++, sums += blockSums)
        {
            Unpack(sums, layer.I, layer.H, block, from, Math.Min(to, layer.I), a.DIh);
            Unpack(sums + layer.I * 4 * W, layer.H, layer.H, block, Math.Max(from - layer.I, 0), to - layer.I, a.DHh);
            if (from > 0 || a.DBiasIh == null && a.DBiasHh == null)
                continue;
            float* bias = sums + features * 4 * W;
            AddRows(layer.Gates + block * layer.Rows * 4 * W, layer.Rows, bias);
            if (a.DBiasIh != null)
                Unpack(bias, 1, layer.H, block, 0, 1, a.DBiasIh);
            if (a.DBiasHh != null)
                Unpack(bias, 1, layer.H, block, 0, 1, a.DBiasHh);
        }
    }

    /// <summary>What a worker's products have in common.</summary>
    private struct Part
    {
        public LstmLayer Layer;
        public int BlockStart, BlockEnd;
        public nint BlockSums; // floats of sums from a block to the next
        public float* Packed;  // [FeaturesAtOnce, RowsAtOnce] in tiles
    }

    private static void Inputs(in Part part, int from, int to, float* sums) =>
        Accumulate(part, part.Layer.X, part.Layer.I, part.Layer.Rows, part.Layer.Gates, from, to, sums);

    /// <summary>A step's h' is the previous step's output, a batch of rows away, or the initial state.</summary>
    private static void Hidden(in Part part, int from, int to, float* sums)
    {
        LstmLayer layer = part.Layer;
        nint b = layer.B, rows = layer.Rows;
        float* initial = layer.Reverse ? layer.Gates + (rows - b) * 4 * W : layer.Gates;
        if (layer.H0 != null)
            Accumulate(part, layer.H0, layer.H, b, initial, from, to, sums);
        if (layer.Reverse)
            Accumulate(part, layer.Y + b * layer.H, layer.H, rows - b, layer.Gates, from, to, sums);
        else
            Accumulate(part, layer.Y, layer.H, rows - b, layer.Gates + b * 4 * W, from, to, sums);
    }

    /// <summary>sums[block][from..to, 4W] += values[row]^T x gradients[block][row], over all rows, for the worker's blocks.</summary>
    /// <param name="gradients">The first of the rows in block 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate(in Part part, float* values, nint width, nint rows, float* gradients, int from, int to, float* sums)
    {
        bool pack = width >= WideRow && part.BlockEnd - part.BlockStart > 1;
        for (nint row = 0; row < rows; row += RowsAtOnce)
        {
            nint depth = Math.Min(RowsAtOnce, rows - row);
            for (int group = from, groupEnd; group < to; group = groupEnd)
            {
                groupEnd = Math.Min(to, group + FeaturesAtOnce);
                for (int block = part.BlockStart; block < part.BlockEnd; block++)
                {
                    float* panel = gradients + (block * part.Layer.Rows + row) * 4 * W;
                    float* blockSums = sums + (block - part.BlockStart) * part.BlockSums;
                    for (int feature = group, count; feature < groupEnd; feature += count)
                    {
                        count = Tiles<S, V>.NextRows(groupEnd - feature);
                        Operand tile = Operand.Matrix(values + row * width + feature, 1, width, depth);
                        if (pack)
                            tile = PackTile(tile, count, part.Packed + (feature - group) * RowsAtOnce, copy: block == part.BlockStart);
                        float* target = blockSums + feature * 4 * W;
                        MicroKernel<S, V>.Multiply(count, 4, tile, default, panel, target, 4 * W, target, 4 * W);
                    }
                }
            }
        }
    }

    /// <summary>A tile's values side by side, [depth, count].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Operand PackTile(in Operand source, int count, float* target, bool copy)
    {
        float* from = source.Data;
        float* to = target;
        for (nint k = 0; copy && k < source.Steps; k++, from += source.StepStride, to += count)
            for (int i = 0; i < count; i++)
                to[i] = from[i];
        return Operand.Matrix(target, 1, count, source.Steps);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
