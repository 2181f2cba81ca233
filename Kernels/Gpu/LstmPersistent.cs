namespace GpuLstm.Kernels.Gpu;

/// <summary>All T steps of a small LSTM layer in one launch, with the recurrent weights on chip: a group holds all of
/// them, in its registers and shared memory, and owns some samples for the whole sequence, so that no group waits for
/// another (after Diamos et al. 2016, "Persistent RNNs").</summary>
/// <remarks>
/// <para>ceil(B / TSamples.Count) groups of units * slices items, units being H rounded up to whole warps. An item's
/// number is unit * slices + slice. Its piece of the weights is <c>places</c> quads, a multiple of 4 with places *
/// slices at least H: forward the four gates of its unit, at every k in its slice; backward four units' columns, at
/// every gate row in its slice. A vector is cut in quads, and lane l of the n that share a row takes the quads l, l + n,
/// l + 2n, ..., so that a warp reads neighbours. TKept.Places places are in registers, the rest in shared memory, [place,
/// item]; see <see cref="SharedQuads"/>.</para>
/// <para>The floor of a step, per multiprocessor and in clocks: 4 H^2 samples / 128 for the multiply-adds; for shared
/// memory 1 per 128 bytes of weights that are not in registers, and 1 per warp and quad of each sample; some 300 for
/// the chain of barrier, reads, shuffles and functions. Loading 4 H^2 weights at 64 bytes a clock adds 4096 clocks
/// once for H = 128.</para>
/// </remarks>
public static partial class LstmPersistent
{
    /// <summary>Quads of dynamic shared memory: what steps hand on, twice, and weights.</summary>
    /// <param name="backward">Gates' gradients are handed on; else h.</param>
    /// <param name="samples">Of a group.</param>
    /// <param name="places">Of an item.</param>
    /// <param name="kept">Of them in registers.</param>
    /// <param name="slices">Lanes that share a unit.</param>
    /// <param name="items">Of a group.</param>
    public static int SharedQuads(bool backward, int samples, int places, int kept, int slices, int items) =>
        2 * samples * places * slices / (backward ? 1 : 4) + (places - kept) * items;

    /// <summary>The recurrent weights [4H, H] as the items of forward and of backward read them; overwrites
    /// both.</summary>
    /// <param name="index">place * items + item.</param>
    /// <param name="weights">[4H, H].</param>
    /// <param name="forward">[places, items] the four gates of a unit at one k.</param>
    /// <param name="backward">[places, items] four units' columns of one gate row; or empty.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="slices">Lanes that share a unit.</param>
    /// <param name="items">Of a group.</param>
    public static void Pack(
        Index1D index, ArrayView<float> weights, ArrayView<Float4> forward, ArrayView<Float4> backward, int H,
        int slices, int items)
    {
        int item = index % items, place = index / items;
        int unit = item / slices, k = 4 * (place / 4 * slices + item % slices) + place % 4;
        forward[index] = new(
            At(weights, 0, unit, k, H), At(weights, 1, unit, k, H), At(weights, 2, unit, k, H),
            At(weights, 3, unit, k, H));
        if (backward.Length == 0)
            return;
        int lanes = 4 * slices, column = item / lanes * 4, row = place / 4 * lanes + item % lanes, gate = place % 4;
        backward[index] = new(
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
    /// <param name="slices">Lanes that share a unit: 1, 2 or 4, at least the samples.</param>
    public static void Forward<TKept, TSamples>(
        ArrayView<float> gates, ArrayView<Float4> packed, ArrayView<float> h0, ArrayView<float> c0,
        ArrayView<float> y, ArrayView<float> cells, int T, int B, int H, int reverse, int places, int slices)
        where TKept : struct, IKeptWeights<TKept>
        where TSamples : struct, IGroupSamples<TSamples>
    {
        ArrayView<float> state = SharedMemory.GetDynamic<float>(); // [2, sample, unit]: h before and after the step
        ArrayView<Float4> quads = state.Cast<Float4>();
        int item = Group.IdxX, items = Group.DimX, unit = item / slices, slice = item % slices;
        int length = places * slices, half = TSamples.Count * length, far = half / 2 + item;
        int local = slice / (slices / TSamples.Count), sample = Grid.IdxX * TSamples.Count + local;
        bool inside = unit < H && sample < B, writes = slice % (slices / TSamples.Count) == 0 && unit < H;
        TKept near = Load<TKept>(packed, quads, far, item, items, places);
        for (int i = item; i < 2 * half; i += items)
            state[i] = 0;
        Sync.Barrier();
        if (writes && inside && h0.Length > 0)
            state[local * length + unit] = h0[(long)sample * H + unit];
        float c = c0.Length > 0 && inside ? c0[(long)sample * H + unit] : 0;
        Float4 next = inside ? LstmCell.Read(gates, ((long)(reverse != 0 ? T - 1 : 0) * B + sample) * 4 * H, unit, H)
            : default;
        Sync.Barrier();
        for (int step = 0; step < T; step++)
        {
            int t = reverse != 0 ? T - 1 - step : step, after = reverse != 0 ? t - 1 : t + 1;
            int now = step % 2 * half;
            TSamples sums = default;
            Multiply(ref near, ref sums, quads, now / 4 + slice, length / 4, slices, far, items, places);
            Float4 active = LstmFastCell.Activate(TSamples.Share(sums, slices) + next);
            c = LstmCell.Cell(active, c);
            float h = active.W * LstmFastCell.Tanh(c);
            if (writes)
                state[half - now + local * length + unit] = h;
            if (step + 1 < T && inside) // the next step's wait for memory passes in the barrier and the product
                next = LstmCell.Read(gates, ((long)after * B + sample) * 4 * H, unit, H);
            if (writes && inside)
            {
                long row = (long)t * B + sample;
                LstmCell.Write(gates, row * 4 * H, unit, H, active);
                cells[row * H + unit] = c;
                y[row * H + unit] = h;
            }
            Sync.Barrier();
        }
    }

    /// <summary>An item's places: the first into registers, the others to shared memory.</summary>
    private static TKept Load<TKept>(
        ArrayView<Float4> packed, ArrayView<Float4> quads, int far, int item, int items, int places)
        where TKept : struct, IKeptWeights<TKept>
    {
        for (int place = TKept.Places; place < places; place++)
            quads[far + (place - TKept.Places) * items] = packed[place * items + item];
        return TKept.Load(packed, item, items);
    }

    /// <summary>sums += the item's piece times its quads of each sample's vector.</summary>
    private static void Multiply<TKept, TSamples>(
        ref TKept near, ref TSamples sums, ArrayView<Float4> quads, long at, long row, long apart, int far, int items,
        int places)
        where TKept : struct, IKeptWeights<TKept>
        where TSamples : struct, IGroupSamples<TSamples>
    {
        TKept.MultiplyAdd(ref near, ref sums, quads, at, row, apart);
        long weights = far;
        at += TKept.Places / 4 * apart;
        for (int place = TKept.Places; place < places; place += 4)
        {
            Block4 four;
            four.First = quads[weights];
            four.Second = quads[weights + items];
            four.Third = quads[weights + 2L * items];
            four.Fourth = quads[weights + 3L * items];
            TSamples.MultiplyAdd(ref sums, four, quads, at, row);
            weights += 4L * items;
            at += apart;
        }
    }
}
