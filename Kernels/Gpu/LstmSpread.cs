namespace GpuLstm.Kernels.Gpu;

/// <summary>All T steps of a large LSTM layer in one launch, with the recurrent weights spread over the
/// multiprocessors: a group holds those of <c>units</c> hidden units in its registers and shared memory, and computes
/// these for <c>rows</c> samples. Before each step the groups of a row of the grid, which share samples, wait for each
/// other and hand on h, backward the gates' gradients, through the device's second-level cache.</summary>
/// <remarks>
/// <para>Groups: (ceil(H / units), ceil(B / rows)), all at once, of units * slices items; H is a multiple of 4, places
/// is H rounded up to a multiple of 4 * slices, over slices; dynamic shared memory of (places - kept) * items Float4,
/// and twice samples * places * slices / 4 (backward: all of that) for vectors. See <see cref="LstmPieces"/> for an
/// item's piece.</para>
/// <para>The floor of a step in clocks: 4 H units rows / 128 multiply-adds; per <c>samples</c> of the rows, 1 for each
/// 128 bytes of weights in shared memory; 4 H rows (backward 16 H rows) bytes at 64 a clock from the second-level
/// cache, of which most passes beside the products; and some 2000 for the barrier. H = 512, B = 64 on 132
/// multiprocessors, units 32, rows 8: 4096 forward and backward, or 2.4 us; H = 1024, units 16, rows 32: 16384, or 9.6
/// us.</para>
/// </remarks>
public static partial class LstmSpread
{
    /// <summary>The recurrent weights [4H, H] as the items of all groups read them; overwrites both. X: item of the row
    /// of groups, Y: place.</summary>
    /// <param name="index">Item and place.</param>
    /// <param name="weights">[4H, H].</param>
    /// <param name="forward">[places, items] the four gates of a unit at one k.</param>
    /// <param name="backward">[places, items] four units' columns of one gate row; or empty.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="slices">Lanes that share a unit.</param>
    /// <param name="items">Of a row of groups.</param>
    [Kernel(NoAlias = true, Targets = KernelTargets.Cuda)]
    public static void Pack(
        Index2D index, ArrayView<float> weights, ArrayView<Float4> forward, ArrayView<Float4> backward,
        int H, int slices, int items)
    {
        int item = index.X, place = index.Y;
        int unit = item / slices, k = 4 * (place / 4 * slices + item % slices) + place % 4;
        forward[(long)place * items + item] = new(
            At(weights, unit, k, H), At(weights, H + unit, k, H), At(weights, 2 * H + unit, k, H),
            At(weights, 3 * H + unit, k, H));
        if (backward.Length == 0)
            return;
        int lanes = 4 * slices, column = item / lanes * 4, row = 4 * (place / 4 * lanes + item % lanes) + place % 4;
        backward[(long)place * items + item] = new(
            At(weights, row, column, H), At(weights, row, column + 1, H),
            At(weights, row, column + 2, H), At(weights, row, column + 3, H));
    }

    private static float At(ArrayView<float> weights, int row, int column, int H) =>
        row < 4 * H && column < H ? weights[(long)row * H + column] : 0; // units past H are never written

    /// <summary>Forward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: x's part and the bias; out: activated i, f, g, o.</param>
    /// <param name="packed">[places, items of a row of groups] from <see cref="Pack"/>.</param>
    /// <param name="h0">[B, H]; empty: zero.</param>
    /// <param name="c0">[B, H]; empty: zero.</param>
    /// <param name="y">[T, B, H] h of every step, overwritten.</param>
    /// <param name="cells">[T, B, H] overwritten.</param>
    /// <param name="states">[rows of groups] of the barriers.</param>
    /// <param name="T">Steps.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size, a multiple of 4.</param>
    /// <param name="rows">Samples of a group.</param>
    /// <param name="reverse">1: time runs backwards.</param>
    /// <param name="places">Quads of weights of an item.</param>
    /// <param name="slices">Lanes that share a unit: up to 8.</param>
    /// <param name="samples">At a time: a power of 2.</param>
    /// <param name="kept">Places in registers, at least 1.</param>
    [Kernel(NoAlias = true, Targets = KernelTargets.Cuda, MinArch = 80)]
    public static void Forward(
        ArrayView<float> gates, ArrayView<Float4> packed, ArrayView<float> h0, ArrayView<float> c0,
        ArrayView<float> y, ArrayView<float> cells, ArrayView<int> states, int T, int B, int H, int rows, int reverse,
        [DefaultValue(64)] SpecializedValue<int> places, [DefaultValue(8)] SpecializedValue<int> slices,
        [DefaultValue(2)] SpecializedValue<int> samples, [DefaultValue(48)] SpecializedValue<int> kept)
    {
        ArrayView<Float4> far = SharedMemory.GetDynamic<Float4>();
        ArrayView<Float4> near = LocalMemory.Allocate<Float4>(kept);
        ArrayView<Float4> sums = LocalMemory.Allocate<Float4>(samples);
        ArrayView<Float4> inputs = LocalMemory.Allocate<Float4>(samples);
        ArrayView<float> c = LocalMemory.Allocate<float>(samples);
        int item = Group.IdxX, items = Group.DimX, slice = item % slices, unit = (Grid.IdxX * items + item) / slices;
        int row = places * slices / 4, half = samples * row; // quads of a vector, of all samples' vectors
        ArrayView<Float4> vectors = far.SubView((places - kept) * items);
        int own = LstmPieces.Own(samples, slices), local = LstmPieces.FirstOwn(samples, slices, slice);
        bool writes = LstmPieces.Writes(samples, slices, slice);
        int begin = Grid.IdxY * rows, end = IntrinsicMath.Min(B, begin + rows);
        LstmPieces.Load(packed.SubView(Grid.IdxX * items), Grid.DimX * items, near, far, item, items, places, kept);
        for (int step = 0; step < T; step++)
        {
            int t = reverse != 0 ? T - 1 - step : step, before = reverse != 0 ? t + 1 : t - 1;
            bool hasBefore = step > 0 || h0.Length > 0;
            ArrayView<float> h = step > 0 ? y.SubView((long)before * B * H) : h0;
            if (hasBefore)
                Fetch(h, H / 4, begin, end, vectors, row, samples);
            for (int first = begin; first < end; first += samples)
            {
                int now = (first - begin) / samples % 2 * half;
                if (hasBefore && first + samples < end)
                    Fetch(h, H / 4, first + samples, end, vectors.SubView(half - now), row, samples);
                else
                    AsyncCopy.Commit();
                for (int s = 0; s < Loop.Unroll(own); s++)
                {
                    int sample = first + local + s;
                    bool inside = unit < H && sample < end;
                    inputs[s] = inside ? LstmCell.Read(gates, ((long)t * B + sample) * 4 * H, unit, H) : default;
                    c[s] = 0;
                    if (inside && step > 0)
                        c[s] = cells[((long)before * B + sample) * H + unit];
                    else if (inside && c0.Length > 0)
                        c[s] = c0[(long)sample * H + unit];
                }
                AsyncCopy.Wait(1);
                Group.Barrier();
                for (int n = 0; n < Loop.Unroll(samples); n++)
                    sums[n] = default;
                if (hasBefore)
                    LstmPieces.Multiply(vectors, now + slice, row, slices, near, far, sums, item, items, samples,
                        places, kept);
                LstmPieces.Share(sums, samples, slices);
                for (int s = 0; s < Loop.Unroll(own); s++)
                {
                    int sample = first + local + s;
                    Float4 active = LstmFastCell.Activate(sums[s] + inputs[s]);
                    float cell = LstmCell.Cell(active, c[s]);
                    if (writes && unit < H && sample < end)
                    {
                        long place = ((long)t * B + sample) * H + unit;
                        LstmCell.Write(gates, ((long)t * B + sample) * 4 * H, unit, H, active);
                        cells[place] = cell;
                        y[place] = active.W * LstmFastCell.Tanh(cell);
                    }
                }
                Group.Barrier();
            }
            AsyncCopy.Wait(0);
            Grid.BarrierAlongX(ref states[Grid.IdxY]);
        }
    }

    /// <summary>Starts and commits the copy of samples' vectors, [sample, quad], from <paramref name="first"/> on;
    /// zeros outside.</summary>
    /// <param name="source">[B, quads] of four.</param>
    /// <param name="quads">Of a stored vector.</param>
    /// <param name="first">Sample.</param>
    /// <param name="end">Samples before it exist.</param>
    /// <param name="vectors">Shared.</param>
    /// <param name="row">Quads of a vector there.</param>
    /// <param name="samples">To copy.</param>
    internal static void Fetch(
        ArrayView<float> source, int quads, int first, int end, ArrayView<Float4> vectors, int row,
        SpecializedValue<int> samples)
    {
        ArrayView<Float4> stored = source.Cast<Float4>();
        for (int place = Group.IdxX; place < samples * row; place += Group.DimX)
        {
            int sample = first + place / row, quad = place % row;
            bool inside = sample < end && quad < quads;
            AsyncCopy.CopyOrZero(ref vectors[place], in stored[inside ? (long)sample * quads + quad : 0], inside);
        }
        AsyncCopy.Commit();
    }
}
