using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="LstmWeightGradients{S, V}"/>: the layer's gates hold their gradients.</summary>
public unsafe struct LstmWeightGradientsArguments
{
    public LstmLayer Layer;
    public float* Sums;     // [partial sums, Q, I+H+1, 4W]
    public float* BiasSums; // [slices, Q, 4W] from backward
    public float* Packed;   // [workers, PackedFloats]
    public float* DIh;      // [4H, I], overwritten
    public float* DHh;      // [4H, H], overwritten
    public float* DBiasIh;  // [4H] or null, overwritten
    public float* DBiasHh;  // [4H] or null, overwritten; equals DBiasIh
}

/// <summary>Gradients of an LSTM layer's weights: each one product over all T*B rows, [x | h']^T x dGates, after the
/// whole backward loop. Workers stay with the slice of the batch whose gates they wrote: each adds up a partial result
/// of its own (with many workers, teams share one), and the partial results are added in their order. The bits depend
/// on the number of workers, never on their timing.</summary>
public static unsafe class LstmWeightGradients<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const int MostPartialSums = 8;
    // floats; a larger partial sum would leave the caches at every turn, so all share one
    private const int LargestPart = 1 << 18;
    private const int RowsAtOnce = 512;     // 4W x 512 floats of gate gradients stay in the L2 cache
    private const int FeaturesAtOnce = 120; // and so do packed features while they meet every block

    private static int W => S.Width;

    /// <summary>Floats of Packed for one worker; copies end a little beyond.</summary>
    public static int PackedFloats => FeaturesAtOnce * RowsAtOnce + Tiles<S, V>.PackedBeyond;

    /// <summary>Floats of Sums.</summary>
    public static nint SumsFloats(int inputs, int hidden, int workers) =>
        PartialSums(inputs, hidden, workers) * PartFloats(inputs, hidden);

    private static nint PartFloats(int inputs, int hidden) =>
        (nint)Tiles<S, V>.Cover(hidden, W) * (inputs + hidden + 1) * 4 * W;

    private static int PartialSums(int inputs, int hidden, int workers)
    {
        int parts = PartFloats(inputs, hidden) > LargestPart ? 1 : Math.Min(workers, MostPartialSums);
        while (workers % parts != 0)
            parts--;
        return parts;
    }

    /// <summary>Adds up a worker's part: the slices of its team, and of those its share of the unit blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LstmWeightGradientsArguments a, int worker, int workers)
    {
        LstmLayer layer = a.Layer;
        int team = workers / PartialSums(layer.I, layer.H, workers), member = worker % team,
            features = layer.I + layer.H + 1;
        (int blockStart, int blockEnd) = Tiles<S, V>.Share(Tiles<S, V>.Cover(layer.H, W), member, team);
        float* sums = a.Sums + worker / team * PartFloats(layer.I, layer.H) + (nint)blockStart * features * 4 * W;
        bool add = false; // the first slice overwrites what the last step left in the sums
        for (int index = worker - member; index < worker - member + team; index++)
        {
            var slice = new LstmSlice(layer, index, W);
            if (slice.Count == 0)
                continue;
            var part = new Part
            {
                Slice = slice, BlockStart = blockStart, BlockEnd = blockEnd, BlockSums = (nint)features * 4 * W,
                Packed = a.Packed + (nint)worker * PackedFloats,
            };
            Accumulate(part, layer.X + (nint)slice.Start * layer.I, layer.I, layer.B, 0, layer.T, sums, add);
            Hidden(part, layer, sums + layer.I * 4 * W, add);
            for (int block = blockStart; block < blockEnd; block++)
            {
                float* bias = sums + ((nint)(block - blockStart) * features + features - 1) * 4 * W;
                AddBias(a.BiasSums + ((nint)index * Tiles<S, V>.Cover(layer.H, W) + block) * 4 * W, bias, add);
            }
            add = true;
        }
        if (!add)
            new Span<float>(sums, (blockEnd - blockStart) * features * 4 * W).Clear(); // more workers than samples
    }

    /// <summary>Adds the partial sums up, and writes a worker's share of the gradients in PyTorch's layout.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(in LstmWeightGradientsArguments a, int worker, int workers)
    {
        LstmLayer layer = a.Layer;
        int features = layer.I + layer.H + 1, parts = PartialSums(layer.I, layer.H, workers);
        nint part = PartFloats(layer.I, layer.H);
        (int start, int end) = Tiles<S, V>.Share(Tiles<S, V>.Cover(layer.H, W) * 4, worker, workers);
        for (int item = start; item < end; item++)
        {
            int block = item / 4, gate = item % 4, units = Math.Min(W, layer.H - block * W);
            nint row = (nint)gate * layer.H + block * W;
            float* sums = a.Sums + (nint)block * features * 4 * W + gate * W;
            Unpack(sums, layer.I, part, parts, units, a.DIh + row * layer.I);
            Unpack(sums + layer.I * 4 * W, layer.H, part, parts, units, a.DHh + row * layer.H);
            float* bias = sums + (features - 1) * 4 * W;
            if (a.DBiasIh != null)
                Unpack(bias, 1, part, parts, units, a.DBiasIh + row);
            if (a.DBiasHh != null)
                Unpack(bias, 1, part, parts, units, a.DBiasHh + row);
        }
    }

    /// <summary>A slice, and where a worker's sums of its gradients go.</summary>
    private struct Part
    {
        public LstmSlice Slice;
        public int BlockStart, BlockEnd;
        public nint BlockSums;   // floats of sums from a block to the next
        public float* Packed;    // features of some rows, in tiles
    }

    /// <summary>Some rows of values: of one step, or of several steps all that run.</summary>
    private struct Rows
    {
        public float* Data;      // of the first one
        public nint Width, Step; // floats from a sample, and from a step, to the next
        public int Time, Steps;  // the first, and how many
        public int First, Depth; // the first sample, rows in all
        public bool Even;        // each step has as many
    }

    /// <summary>A step's h' is the previous step's output, a batch of rows away, or the initial state.</summary>
    private static void Hidden(in Part part, in LstmLayer layer, float* sums, bool add)
    {
        nint start = (nint)part.Slice.Start * layer.H, batch = (nint)layer.B * layer.H;
        if (layer.HiddenStart != null)
        {
            Accumulate(
                part, layer.HiddenStart + start, layer.H, layer.B, layer.Reverse ? layer.T - 1 : 0, 1, sums, add);
            add = true;
        }
        Accumulate(part, layer.Hidden + start + (layer.Reverse ? batch : 0), layer.H, layer.B, layer.Reverse ? 0 : 1,
            layer.T - 1, sums, add);
    }

    /// <summary>sums[block][features, 4W] (+)= values^T x gradients[block], over <paramref name="steps"/> steps of the
    /// slice's samples.</summary>
    /// <param name="values">The slice's first row of a time-major [steps, batch, width].</param>
    /// <param name="time">Of the first gradients.</param>
    /// <param name="add">Whether sums are added to; else overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate(
        in Part part, float* values, int width, nint batch, int time, int steps, float* sums, bool add)
    {
        for (int step = 0; step < steps;)
        {
            Rows rows = new()
            {
                Data = values + step * batch * width, Width = width, Step = batch * width, Time = time + step,
                Even = true,
            };
            int running = part.Slice.Running(rows.Time), next = running;
            do
            {
                rows.Depth += next;
                rows.Even &= next == running;
                step++;
                rows.Steps++;
            }
            while (step < steps && rows.Depth + (next = part.Slice.Running(time + step)) <= RowsAtOnce);
            int depth = rows.Depth;
            for (rows.First = 0; rows.First < depth; rows.First += RowsAtOnce) // more than once: of one step
            {
                rows.Depth = Math.Min(RowsAtOnce, depth - rows.First);
                for (int group = 0; group < width; group += FeaturesAtOnce)
                    for (int block = part.BlockStart; block < part.BlockEnd; block++)
                        Group(part, rows, group, Math.Min(width, group + FeaturesAtOnce), block,
                            sums + (block - part.BlockStart) * part.BlockSums, add);
                add = true;
            }
        }
        for (int block = 0; !add && block < part.BlockEnd - part.BlockStart; block++) // there were no rows
            new Span<float>(sums + block * part.BlockSums, width * 4 * W).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Group(in Part part, in Rows rows, int from, int to, int block, float* sums, bool add)
    {
        bool pack = !rows.Even || (rows.Width >= Tiles<S, V>.WideRow && part.BlockEnd - part.BlockStart > 1);
        float* gradients = part.Slice.Gates
            + (block * part.Slice.Rows + part.Slice.RowAt(rows.Time) + rows.First) * 4 * W;
        for (int feature = from, count; feature < to; feature += count)
        {
            count = Tiles<S, V>.NextRows(to - feature);
            Operand tile = pack
                ? PackTile(part, rows, feature, count, part.Packed + (nint)(feature - from) * rows.Depth,
                    copy: block == part.BlockStart)
                : new()
                {
                    Data = rows.Data + rows.First * rows.Width + feature, RowStride = 1, StepStride = rows.Width,
                    Steps = rows.Depth / rows.Steps, BlockStride = rows.Step, Blocks = rows.Steps,
                };
            float* target = sums + feature * 4 * W;
            MicroKernel<S, V>.Multiply(count, 4, tile, default, gradients, add ? target : null, 4 * W, target, 4 * W);
        }
    }

    /// <summary>A tile's values side by side, [depth, count].</summary>
    private static Operand PackTile(in Part part, in Rows rows, int feature, int count, float* target, bool copy)
    {
        float* to = target;
        for (int step = 0; copy && step < rows.Steps; step++)
        {
            int depth = rows.Steps == 1 ? rows.Depth : part.Slice.Running(rows.Time + step);
            float* from = rows.Data + step * rows.Step + rows.First * rows.Width + feature;
            Tiles<S, V>.PackColumns(Operand.Matrix(from, 1, rows.Width, depth), count, to);
            to += depth * count;
        }
        return Operand.Matrix(target, 1, count, rows.Depth);
    }

    private static void AddBias(float* slice, float* sum, bool add)
    {
        for (int i = 0; i < 4 * W; i += W)
            S.Store(sum + i, add ? S.Add(S.Load(sum + i), S.Load(slice + i)) : S.Load(slice + i));
    }

    /// <summary>From [part][feature, 4W] to rows of one gate's units: target[unit, feature] = the sum of the
    /// parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack(float* sums, int features, nint part, int parts, int units, float* target)
    {
        float* lanes = stackalloc float[4 * W]; // of four features
        for (int feature = 0, count; feature < features; feature += count, sums += 4 * W * count)
        {
            count = units == W && feature + 4 <= features ? 4 : 1;
            for (int i = 0; i < count; i++)
            {
                V sum = S.Load(sums + i * 4 * W);
                for (int p = 1; p < parts; p++)
                    sum = S.Add(sum, S.Load(sums + i * 4 * W + p * part));
                S.Store(lanes + i * W, sum);
            }
            for (nint unit = 0; count == 4 && unit < W; unit += 4)
                Tiles<S, V>.Transpose4(lanes + unit, W, target + unit * features + feature, features);
            for (nint unit = 0; count == 1 && unit < units; unit++)
                target[unit * features + feature] = lanes[unit];
        }
    }
}
