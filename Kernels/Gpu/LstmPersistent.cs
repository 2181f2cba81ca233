namespace GpuLstm.Kernels.Gpu;

/// <summary>All T steps of a small LSTM layer in one launch, with the recurrent weights on chip: a group holds all of
/// them, in its registers and shared memory, and owns <c>samples</c> samples for the whole sequence, so that no group
/// waits for another (after Diamos et al. 2016, "Persistent RNNs").</summary>
/// <remarks>
/// <para>ceil(B / samples) groups of units * slices items, units being H rounded up to a multiple of 4 * slices and of
/// 32 / slices, places = units / slices; dynamic shared memory of (places - kept) * items Float4, and one Float4 at
/// least. See <see cref="LstmPieces"/> for an item's piece.</para>
/// <para>The floor of a step, per multiprocessor and in clocks: 4 H^2 samples / 128 for the multiply-adds; for shared
/// memory 1 per 128 bytes of weights that are not in registers, and 1 per warp and quad of each sample; some 300 for
/// the chain of barrier, reads, shuffles and functions. H = 128, one sample: 512, 512 + 128, 300: with two thirds of
/// the weights in registers about 0.5 us at 1.7 GHz. Loading 4 H^2 weights at 64 bytes a clock adds 4096 clocks
/// once.</para>
/// </remarks>
public static partial class LstmPersistent
{
    /// <summary>The recurrent weights [4H, H] as the items of forward and of backward read them; overwrites both. X:
    /// item, Y: place.</summary>
    /// <param name="index">Item and place.</param>
    /// <param name="weights">[4H, H].</param>
    /// <param name="forward">[places, items] the four gates of a unit at one k.</param>
    /// <param name="backward">[places, items] four units' columns of one gate row; or empty.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="slices">Lanes that share a unit.</param>
    /// <param name="items">Of a group.</param>
    [Kernel(NoAlias = true, Targets = KernelTargets.Cuda)]
    public static void Pack(
        Index2D index, ArrayView<float> weights, ArrayView<Float4> forward, ArrayView<Float4> backward,
        int H, int slices, int items)
    {
        int item = index.X, place = index.Y;
        int unit = item / slices, k = 4 * (place / 4 * slices + item % slices) + place % 4;
        forward[(long)place * items + item] = new(
            At(weights, 0, unit, k, H), At(weights, 1, unit, k, H), At(weights, 2, unit, k, H),
            At(weights, 3, unit, k, H));
        if (backward.Length == 0)
            return;
        int lanes = 4 * slices, column = item / lanes * 4, row = place / 4 * lanes + item % lanes, gate = place % 4;
        backward[(long)place * items + item] = new(
            At(weights, gate, row, column, H), At(weights, gate, row, column + 1, H),
            At(weights, gate, row, column + 2, H), At(weights, gate, row, column + 3, H));
    }

    private static float At(ArrayView<float> weights, int gate, int unit, int k, int H) =>
        unit < H && k < H ? weights[((long)gate * H + unit) * H + k] : 0;

    /// <summary>Forward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: x's part and the bias; out: activated i, f, g, o.</param>
    /// <param name="packed">[places, items] from <see cref="Pack"/>.</param>
    /// <param name="h0">[B, H]; empty: zero.</param>
    /// <param name="c0">[B, H]; empty: zero.</param>
    /// <param name="y">[T, B, H] h of every step, overwritten.</param>
    /// <param name="cells">[T, B, H] overwritten.</param>
    /// <param name="T">Steps.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="reverse">1: time runs backwards.</param>
    /// <param name="places">Quads of weights of an item.</param>
    /// <param name="slices">Lanes that share a unit: 1, 2 or 4.</param>
    /// <param name="samples">Of a group: a power of 2.</param>
    /// <param name="kept">Places in registers, at least 1.</param>
    [Kernel(NoAlias = true, Targets = KernelTargets.Cuda)]
    public static void Forward(
        ArrayView<float> gates, ArrayView<Float4> packed, ArrayView<float> h0, ArrayView<float> c0,
        ArrayView<float> y, ArrayView<float> cells, int T, int B, int H, int reverse,
        [DefaultValue(16)] SpecializedValue<int> places, [DefaultValue(4)] SpecializedValue<int> slices,
        [DefaultValue(2)] SpecializedValue<int> samples, [DefaultValue(12)] SpecializedValue<int> kept)
    {
        ArrayView<Float4> far = SharedMemory.GetDynamic<Float4>();
        ArrayView<Float4> vectors = SharedMemory.Allocate<Float4>(2 * samples * places * slices / 4);
        ArrayView<Float4> near = LocalMemory.Allocate<Float4>(kept);
        ArrayView<Float4> sums = LocalMemory.Allocate<Float4>(samples);
        ArrayView<Float4> next = LocalMemory.Allocate<Float4>(samples);
        ArrayView<float> c = LocalMemory.Allocate<float>(samples);
        ArrayView<float> state = vectors.Cast<float>(); // [2, sample, unit]: h before and after the step
        int item = Group.IdxX, unit = item / slices, slice = item % slices, units = places * slices;
        int own = LstmPieces.Own(samples, slices), local = LstmPieces.FirstOwn(samples, slices, slice);
        int first = Grid.IdxX * samples + local;
        bool writes = LstmPieces.Writes(samples, slices, slice);
        LstmPieces.Load(packed, units * slices, near, far, item, units * slices, places, kept);
        for (int s = 0; s < Loop.Unroll(own); s++)
        {
            bool inside = unit < H && first + s < B;
            c[s] = c0.Length > 0 && inside ? c0[(long)(first + s) * H + unit] : 0;
            if (writes)
                state[(local + s) * units + unit] = h0.Length > 0 && inside ? h0[(long)(first + s) * H + unit] : 0;
            next[s] = inside ? LstmCell.Read(gates, ((long)(reverse != 0 ? T - 1 : 0) * B + first + s) * 4 * H, unit, H)
                : default;
        }
        Group.Barrier();
        for (int step = 0; step < T; step++)
        {
            int t = reverse != 0 ? T - 1 - step : step, after = reverse != 0 ? t - 1 : t + 1;
            int now = step % 2 * samples * units, then = samples * units - now;
            LstmPieces.Multiply(vectors, now / 4 + slice, units / 4, slices, near, far, sums, item, units * slices,
                samples, places, kept);
            LstmPieces.Share(sums, samples, slices);
            for (int s = 0; s < Loop.Unroll(own); s++)
            {
                bool inside = unit < H && first + s < B;
                Float4 active = LstmFastCell.Activate(sums[s] + next[s]);
                c[s] = LstmCell.Cell(active, c[s]);
                float h = active.W * LstmFastCell.Tanh(c[s]);
                if (writes)
                    state[then + (local + s) * units + unit] = h;
                if (step + 1 < T && inside) // the next step's wait for memory passes in the barrier and the product
                    next[s] = LstmCell.Read(gates, ((long)after * B + first + s) * 4 * H, unit, H);
                if (writes && inside)
                {
                    long row = (long)t * B + first + s;
                    LstmCell.Write(gates, row * 4 * H, unit, H, active);
                    cells[row * H + unit] = c[s];
                    y[row * H + unit] = h;
                }
            }
            Group.Barrier();
        }
    }

    /// <summary>Backward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: activated; out: gradients of the pre-activations.</param>
    /// <param name="packed">[places, items] backward's, from <see cref="Pack"/>.</param>
    /// <param name="cells">[T, B, H].</param>
    /// <param name="c0">[B, H]; empty: zero.</param>
    /// <param name="dY">[T, B, H]; empty: zero.</param>
    /// <param name="dHLast">[B, H]; empty: zero.</param>
    /// <param name="dCLast">[B, H]; empty: zero.</param>
    /// <param name="dH0">[B, H] overwritten; or empty.</param>
    /// <param name="dC0">[B, H] overwritten; or empty.</param>
    /// <param name="T">Steps.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="reverse">1: time ran backwards.</param>
    /// <param name="places">Quads of weights of an item.</param>
    /// <param name="slices">Lanes that share a unit: 1, 2 or 4.</param>
    /// <param name="samples">Of a group: a power of 2.</param>
    /// <param name="kept">Places in registers, at least 1.</param>
    [Kernel(NoAlias = true, Targets = KernelTargets.Cuda)]
    public static void Backward(
        ArrayView<float> gates, ArrayView<Float4> packed, ArrayView<float> cells, ArrayView<float> c0,
        ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dCLast, ArrayView<float> dH0,
        ArrayView<float> dC0, int T, int B, int H, int reverse,
        [DefaultValue(16)] SpecializedValue<int> places, [DefaultValue(4)] SpecializedValue<int> slices,
        [DefaultValue(2)] SpecializedValue<int> samples, [DefaultValue(12)] SpecializedValue<int> kept)
    {
        ArrayView<Float4> far = SharedMemory.GetDynamic<Float4>();
        ArrayView<Float4> passed = SharedMemory.Allocate<Float4>(2 * samples * places * slices); // [2, sample, unit]
        ArrayView<Float4> near = LocalMemory.Allocate<Float4>(kept);
        ArrayView<Float4> sums = LocalMemory.Allocate<Float4>(samples);
        ArrayView<Float4> active = LocalMemory.Allocate<Float4>(samples);
        ArrayView<float> cell = LocalMemory.Allocate<float>(samples);
        ArrayView<float> earlier = LocalMemory.Allocate<float>(samples);
        ArrayView<float> output = LocalMemory.Allocate<float>(samples);
        ArrayView<float> dH = LocalMemory.Allocate<float>(samples);
        ArrayView<float> dC = LocalMemory.Allocate<float>(samples);
        int item = Group.IdxX, unit = item / slices, slice = item % slices, units = places * slices;
        int own = LstmPieces.Own(samples, slices), local = LstmPieces.FirstOwn(samples, slices, slice);
        int first = Grid.IdxX * samples + local;
        bool writes = LstmPieces.Writes(samples, slices, slice);
        LstmPieces.Load(packed, units * slices, near, far, item, units * slices, places, kept);
        for (int s = 0; s < Loop.Unroll(own); s++)
        {
            bool inside = unit < H && first + s < B;
            long place = (long)(first + s) * H + unit;
            dH[s] = dHLast.Length > 0 && inside ? dHLast[place] : 0;
            dC[s] = dCLast.Length > 0 && inside ? dCLast[place] : 0;
            cell[s] = 0;
            if (inside)
                cell[s] = cells[(long)(reverse != 0 ? 0 : T - 1) * B * H + place];
            Fetch(gates, cells, c0, dY, T - 1, T, B, H, reverse, first + s, unit, ref active[s], ref earlier[s],
                ref output[s]);
        }
        for (int step = T - 1; step >= 0; step--)
        {
            int now = step % 2 * samples * units;
            for (int s = 0; s < Loop.Unroll(own); s++)
            {
                float tanh = LstmFastCell.Tanh(cell[s]), dOutput = dH[s] + output[s];
                float dCell = LstmFastCell.CellGradient(active[s], tanh, dOutput, dC[s]);
                Float4 gradients = LstmFastCell.GateGradients(active[s], tanh, earlier[s], dOutput, dCell);
                dC[s] = dCell * active[s].Y;
                cell[s] = earlier[s];
                if (writes)
                    passed[now + (local + s) * units + unit] = gradients;
                if (step > 0)
                    Fetch(gates, cells, c0, dY, step - 1, T, B, H, reverse, first + s, unit,
                        ref active[s], ref earlier[s], ref output[s]);
                if (writes && unit < H && first + s < B)
                    LstmCell.Write(gates, ((long)(reverse != 0 ? T - 1 - step : step) * B + first + s) * 4 * H, unit, H,
                        gradients);
            }
            Group.Barrier();
            LstmPieces.Multiply(passed, now + item % (4 * slices), units, 4 * slices, near, far, sums, item,
                units * slices, samples, places, kept);
            LstmPieces.ShareColumns(sums, dH, samples, slices);
        }
        for (int s = 0; s < Loop.Unroll(own); s++)
            if (writes && unit < H && first + s < B)
            {
                long place = (long)(first + s) * H + unit;
                if (dH0.Length > 0)
                    dH0[place] = dH[s];
                if (dC0.Length > 0)
                    dC0[place] = dC[s];
            }
    }

    /// <summary>What backward needs of a step: the activated gates, c of the step before and the gradient of the
    /// output; zeros outside.</summary>
    private static void Fetch(
        ArrayView<float> gates, ArrayView<float> cells, ArrayView<float> c0, ArrayView<float> dY, int step, int T,
        int B, int H, int reverse, int sample, int unit, ref Float4 active, ref float earlier, ref float output)
    {
        active = default;
        earlier = 0;
        output = 0;
        if (unit >= H || sample >= B)
            return;
        long row = (long)(reverse != 0 ? T - 1 - step : step) * B + sample, before = reverse != 0 ? row + B : row - B;
        active = LstmCell.Read(gates, row * 4 * H, unit, H);
        if (step > 0)
            earlier = cells[before * H + unit];
        else if (c0.Length > 0)
            earlier = c0[(long)sample * H + unit];
        if (dY.Length > 0)
            output = dY[row * H + unit];
    }
}
