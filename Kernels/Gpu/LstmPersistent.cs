namespace GpuLstm.Kernels.Gpu;

/// <summary>All T steps of a small LSTM layer in one launch, with the recurrent weights on chip: a group holds all of
/// them, in its registers and shared memory, and owns some samples for the whole sequence, so that no group waits for
/// another (after Diamos et al. 2016, "Persistent RNNs").</summary>
/// <remarks>
/// <para>ceil(B / TSamples.Count) groups of units * slices items, units being H rounded up to whole warps; see
/// <see cref="OnChipWeights"/> for an item's piece of the weights.</para>
/// <para>The floor of a step, per multiprocessor and in clocks: 4 H^2 samples / 128 for the multiply-adds; for shared
/// memory 1 per 128 bytes of weights that are not in registers, and 1 per warp and quad of each sample; some 300 for
/// the chain of barrier, reads, shuffles and functions. Loading 4 H^2 weights at 64 bytes a clock adds 4096 clocks
/// once for H = 128.</para>
/// </remarks>
public static partial class LstmPersistent
{
    /// <summary>Forward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: x's part and the bias; out: activated i, f, g, o.</param>
    /// <param name="packed">[places, items] from <see cref="OnChipWeights.Pack"/>.</param>
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
        TKept near = OnChipWeights.Load<TKept>(packed, item, items, quads, far, items, places);
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
            OnChipWeights.Multiply(ref near, ref sums, quads, now / 4 + slice, length / 4, slices, far, items, places);
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
}
