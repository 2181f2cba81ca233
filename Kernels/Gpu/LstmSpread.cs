namespace GpuLstm.Kernels.Gpu;

/// <summary>All T steps of a large LSTM layer in one launch, with the recurrent weights spread over the
/// multiprocessors: a group holds those of some hidden units in its registers and shared memory, and computes these for
/// <c>rows</c> samples. After each step the groups of a row of the grid, which share samples, wait for each other, and
/// hand on h, backward the gates' gradients, through the device's second-level cache (after Diamos et al. 2016,
/// "Persistent RNNs").</summary>
/// <remarks>
/// <para>Groups: (ceil(H / units), ceil(B / rows)), all at once, of units * <see cref="Slices"/> items; H is a multiple
/// of 4. See <see cref="OnChipWeights"/> for an item's piece of the weights.</para>
/// <para>The floor of a step in clocks: 4 H units rows / 128 multiply-adds; for each TSamples.Count of the rows, 1 per
/// 128 bytes of weights in shared memory; 4 H rows (backward 16 H rows) bytes at 64 a clock from the second-level
/// cache, of which most passes beside the products; and some 2000 for the barrier.</para>
/// </remarks>
public static partial class LstmSpread
{
    /// <summary>Lanes that share a hidden unit: backward, four times as many share four, a whole warp.</summary>
    public const int Slices = 8;

    /// <summary>Forward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: x's part and the bias; out: activated i, f, g, o.</param>
    /// <param name="packed">[places, items of a row of groups] from <see cref="OnChipWeights.Pack"/>.</param>
    /// <param name="h0">[B, H]; empty: zero.</param>
    /// <param name="c0">[B, H]; empty: zero.</param>
    /// <param name="y">[T, B, H] h of every step, overwritten.</param>
    /// <param name="cells">[T, B, H] overwritten.</param>
    /// <param name="arrivals">[rows of groups] of <see cref="GridRow.Barrier"/>.</param>
    /// <param name="T">Steps.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size, a multiple of 4.</param>
    /// <param name="rows">Samples of a group.</param>
    /// <param name="reverse">1: time runs backwards.</param>
    /// <param name="places">Quads of weights of an item.</param>
    public static void Forward<TKept, TSamples>(
        ArrayView<float> gates, ArrayView<Float4> packed, ArrayView<float> h0, ArrayView<float> c0,
        ArrayView<float> y, ArrayView<float> cells, ArrayView<int> arrivals, int T, int B, int H, int rows,
        int reverse, int places)
        where TKept : struct, IKeptWeights<TKept>
        where TSamples : struct, IGroupSamples<TSamples>
    {
        ArrayView<Float4> quads = SharedMemory.GetDynamic<float>().Cast<Float4>(); // [2, sample, quad] of vectors
        int item = Group.IdxX, items = Group.DimX, slice = item % Slices, unit = (Grid.IdxX * items + item) / Slices;
        int row = places * Slices / 4, half = TSamples.Count * row, far = 2 * half + item;
        int local = slice / (Slices / TSamples.Count), end = Math.Min(B, (Grid.IdxY + 1) * rows);
        bool writes = slice % (Slices / TSamples.Count) == 0;
        TKept near = OnChipWeights.Load<TKept>(
            packed, Grid.IdxX * items + item, Grid.DimX * items, quads, far, items, places);
        for (int step = 0; step < T; step++)
        {
            int t = reverse != 0 ? T - 1 - step : step, before = reverse != 0 ? t + 1 : t - 1, now = 0;
            bool hasBefore = step > 0 || h0.Length > 0;
            ArrayView<Float4> passed = (step > 0 ? y : h0).Cast<Float4>();
            long start = step > 0 ? (long)before * B : 0;
            if (hasBefore)
                Fetch<TSamples>(passed, start, H / 4, Grid.IdxY * rows, end, quads, now, row);
            AsyncCopy.Commit();
            for (int first = Grid.IdxY * rows; first < end; first += TSamples.Count)
            {
                if (hasBefore && first + TSamples.Count < end)
                    Fetch<TSamples>(passed, start, H / 4, first + TSamples.Count, end, quads, half - now, row);
                AsyncCopy.Commit();
                int sample = first + local;
                bool inside = unit < H && sample < end;
                Float4 input = default;
                float c = 0;
                if (inside)
                {
                    input = LstmCell.Read(gates, ((long)t * B + sample) * 4 * H, unit, H);
                    if (step > 0)
                        c = cells[((long)before * B + sample) * H + unit];
                    else if (c0.Length > 0)
                        c = c0[(long)sample * H + unit];
                }
                TSamples sums = default;
                if (hasBefore)
                {
                    AsyncCopy.WaitForAllButOne();
                    Sync.Barrier();
                    OnChipWeights.Multiply(ref near, ref sums, quads, now + slice, row, Slices, far, items, places);
                }
                Float4 active = LstmFastCell.Activate(TSamples.Share(sums, Slices) + input);
                c = LstmCell.Cell(active, c);
                if (writes && inside)
                {
                    long place = ((long)t * B + sample) * H + unit;
                    LstmCell.Write(gates, ((long)t * B + sample) * 4 * H, unit, H, active);
                    cells[place] = c;
                    y[place] = active.W * LstmFastCell.Tanh(c);
                }
                now = half - now;
                Sync.Barrier();
            }
            AsyncCopy.WaitForAll();
            GridRow.Barrier(ref arrivals[Grid.IdxY]);
        }
    }

    /// <summary>Starts to copy some samples' vectors to shared memory, [sample, quad], zeros where there are
    /// none.</summary>
    /// <param name="source">[row, quad].</param>
    /// <param name="start">The row of sample 0.</param>
    /// <param name="length">Quads of a row.</param>
    /// <param name="first">Sample.</param>
    /// <param name="end">Samples before it exist.</param>
    /// <param name="quads">Shared memory.</param>
    /// <param name="to">The first quad there.</param>
    /// <param name="row">Quads of a vector there.</param>
    private static void Fetch<TSamples>(
        ArrayView<Float4> source, long start, int length, int first, int end, ArrayView<Float4> quads, int to, int row)
        where TSamples : struct, IGroupSamples<TSamples>
    {
        for (int place = Group.IdxX; place < TSamples.Count * row; place += Group.DimX)
        {
            int sample = first + place / row, quad = place % row;
            bool inside = sample < end && quad < length;
            long from = inside ? (start + sample) * length + quad : 0;
            AsyncCopy.CopyOrZero(ref quads[to + place], ref source[from], inside ? 1 : 0);
        }
    }
}
