using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="AugmentedGather{S, V}.Run"/>.</summary>
public unsafe struct AugmentedGatherArguments
{
    public GatherArguments Batch;
    public Augmentation Ranges;
    public uint SeedLow, SeedHigh, Step;
    public float* Scratch;      // [workers, ScratchFloats]
    public nint ScratchFloats;  // of one worker
}

/// <summary>Gathers a batch of images as <see cref="Gather{S, V}"/> does, each moved by its own
/// <see cref="AugmentationMap"/>: bilinear between pixels, 0 beyond the image.</summary>
public static unsafe class AugmentedGather<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const int Border = 3; // a zero before each row and column, two behind: what a clamped place may touch

    /// <summary>Floats of scratch that a worker needs for images of T rows of I pixels.</summary>
    public static nint ScratchFloats(int timeSteps, int inputSize) => (nint)(timeSteps + Border) * Stride(inputSize)
        + (AugmentationMap.Points + 5) * Padded(inputSize) + (AugmentationMap.Points + 1) * AugmentationMap.ControlRow;

    private static nint Padded(int inputSize) => Tiles<S, V>.Cover(inputSize, S.Width) * S.Width;

    private static nint Stride(int inputSize) => Padded(inputSize) + Border;

    /// <summary>What a worker keeps: rows of I columns are padded to whole vectors.</summary>
    private struct Scratch
    {
        public nint Stride, Padded;
        public float* Image;    // [T + Border, Stride] an image as floats, within zeros
        public float* Columns;  // [Padded] a column's place from the image's centre
        public float* Weights;  // [Points, Padded] of the control points in each column
        public float* Left;     // [Padded] the column of Image that a pixel is read in, or right of
        public float* Top;      // [Padded] its row, or above
        public float* Right;    // [Padded] how far right of that column
        public float* Down;     // [Padded] how far below that row
        public float* Controls; // [Points, ControlRow] offsets
        public float* Row;      // [ControlRow] the controls as they stand in one row of the image
    }

    /// <summary>A worker's share of the samples.</summary>
    public static void Run(in AugmentedGatherArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.Batch.B, worker, workers);
        if (start == end)
            return;
        Scratch scratch = Prepare(a, worker);
        for (int s = start; s < end; s++)
        {
            int item = a.Batch.Order[s];
            a.Batch.Labels[s] = a.Batch.ItemLabels[item];
            Widen(a.Batch, scratch, a.Batch.Items + (nint)item * a.Batch.T * a.Batch.I);
            Sample(a, scratch, s, (uint)item);
        }
    }

    private static Scratch Prepare(in AugmentedGatherArguments a, int worker)
    {
        int columns = a.Batch.I;
        nint padded = Padded(columns), stride = Stride(columns), image = (a.Batch.T + Border) * stride;
        float* floats = a.Scratch + worker * a.ScratchFloats;
        new Span<float>(floats, checked((int)a.ScratchFloats)).Clear();
        float* weights = floats + image + padded, left = weights + AugmentationMap.Points * padded;
        float* controls = left + 4 * padded;
        for (int i = 0; i < columns; i++)
        {
            floats[image + i] = i - 0.5f * (columns - 1);
            (int cell, float inside) = AugmentationMap.Place(i, columns);
            float* first = weights + cell * padded + i;
            (first[0], first[padded], first[2 * padded], first[3 * padded]) = AugmentationMap.Weights(inside);
        }
        return new()
        {
            Stride = stride, Padded = padded, Image = floats, Columns = floats + image, Weights = weights,
            Left = left, Top = left + padded, Right = left + 2 * padded, Down = left + 3 * padded,
            Controls = controls, Row = controls + AugmentationMap.Points * AugmentationMap.ControlRow,
        };
    }

    /// <summary>An image's bytes as floats, into the middle of the zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen(in GatherArguments a, in Scratch scratch, byte* item)
    {
        float* row = scratch.Image + scratch.Stride + 1;
        for (int t = 0; t < a.T; t++, row += scratch.Stride, item += a.I)
        {
            int i = 0;
            for (; i <= a.I - S.Width; i += S.Width)
                S.Store(row + i, S.LoadBytes(item + i));
            for (; i < a.I; i++)
                row[i] = item[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sample(in AugmentedGatherArguments a, in Scratch scratch, int s, uint item)
    {
        Augmentation ranges = a.Ranges;
        var map = AugmentationMap.Affine(a.SeedLow, a.SeedHigh, a.Step, item, a.Batch.T, a.Batch.I,
            ranges.Shift, ranges.Rotate, ranges.Scale, ranges.Shear);
        bool elastic = ranges.Elastic > 0;
        if (elastic)
            DrawControls(a, scratch.Controls, item);
        for (int t = 0; t < a.Batch.T; t++)
        {
            float y = t - 0.5f * (a.Batch.T - 1);
            if (elastic)
                ControlsOf(a.Batch, scratch, t);
            Places(a.Batch, scratch, elastic, S.Set(map.XX), S.Set(MathF.FusedMultiplyAdd(map.XY, y, map.X0)),
                S.Set(map.YX), S.Set(MathF.FusedMultiplyAdd(map.YY, y, map.Y0)));
            Read(a.Batch, scratch, a.Batch.X + ((nint)t * a.Batch.B + s) * a.Batch.I);
        }
    }

    private static void DrawControls(in AugmentedGatherArguments a, float* controls, uint item)
    {
        for (uint block = 0; block < AugmentationMap.ElasticBlocks; block++, controls += 4)
        {
            (uint word0, uint word1, uint word2, uint word3) = Philox.Next(
                a.SeedLow, a.SeedHigh, AugmentationMap.AffineBlocks + block, Augmentation.Stream, a.Step, item);
            controls[0] = AugmentationMap.Signed(word0) * a.Ranges.Elastic;
            controls[1] = AugmentationMap.Signed(word1) * a.Ranges.Elastic;
            controls[2] = AugmentationMap.Signed(word2) * a.Ranges.Elastic;
            controls[3] = AugmentationMap.Signed(word3) * a.Ranges.Elastic;
        }
    }

    /// <summary>The spline across the rows, done: what is left of the control points in row t.</summary>
    private static void ControlsOf(in GatherArguments a, in Scratch scratch, int t)
    {
        (int cell, float inside) = AugmentationMap.Place(t, a.T);
        var weights = AugmentationMap.Weights(inside);
        float* first = scratch.Controls + cell * AugmentationMap.ControlRow;
        for (int k = 0; k < AugmentationMap.ControlRow; k += S.Width)
        {
            V sum = S.Mul(S.Load(first + k), S.Set(weights.W0));
            sum = S.Fma(S.Load(first + k + AugmentationMap.ControlRow), S.Set(weights.W1), sum);
            sum = S.Fma(S.Load(first + k + 2 * AugmentationMap.ControlRow), S.Set(weights.W2), sum);
            S.Store(scratch.Row + k, S.Fma(S.Load(first + k + 3 * AugmentationMap.ControlRow), S.Set(weights.W3), sum));
        }
    }

    /// <summary>Where a row's pixels are read, from the row's part of the affine map and its controls.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Places(
        in GatherArguments a, in Scratch scratch, bool elastic, V columnStep, V column0, V rowStep, V row0)
    {
        V one = S.Set(1), half = S.Set(-0.5f), lastColumn = S.Set(a.I + 1), lastRow = S.Set(a.T + 1);
        for (nint i = 0; i < scratch.Padded; i += S.Width)
        {
            V x = S.Load(scratch.Columns + i);
            V column = S.Fma(x, columnStep, column0), row = S.Fma(x, rowStep, row0);
            if (elastic)
                for (int k = 0; k < AugmentationMap.Points; k++)
                {
                    V weight = S.Load(scratch.Weights + k * scratch.Padded + i);
                    column = S.Fma(weight, S.Set(scratch.Row[k]), column);
                    row = S.Fma(weight, S.Set(scratch.Row[AugmentationMap.AcrossRows + k]), row);
                }
            // In the bordered image all is one further; beyond its zeros there are only zeros.
            column = S.Min(lastColumn, S.Max(default, S.Add(column, one)));
            row = S.Min(lastRow, S.Max(default, S.Add(row, one)));
            V left = S.Round(S.Add(column, half)), top = S.Round(S.Add(row, half)); // a fraction of 1 is as good as 0
            S.Store(scratch.Left + i, left);
            S.Store(scratch.Top + i, top);
            S.Store(scratch.Right + i, S.Sub(column, left));
            S.Store(scratch.Down + i, S.Sub(row, top));
        }
    }

    /// <summary>Reads a row's pixels and normalises them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Read(in GatherArguments a, in Scratch scratch, float* x)
    {
        for (int i = 0; i < a.I; i++)
        {
            float* upper = scratch.Image + (int)scratch.Top[i] * scratch.Stride + (int)scratch.Left[i];
            float* lower = upper + scratch.Stride;
            float right = scratch.Right[i], down = scratch.Down[i];
            float above = MathF.FusedMultiplyAdd(right, upper[1] - upper[0], upper[0]);
            float below = MathF.FusedMultiplyAdd(right, lower[1] - lower[0], lower[0]);
            x[i] = MathF.FusedMultiplyAdd(MathF.FusedMultiplyAdd(down, below - above, above), a.Scale, a.Shift);
        }
    }
}
