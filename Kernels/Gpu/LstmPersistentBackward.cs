namespace GpuLstm.Kernels.Gpu;

// Backward; see the other part.
public static partial class LstmPersistent
{
    /// <summary>Backward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: activated; out: gradients of the pre-activations.</param>
    /// <param name="packed">[places, items] backward's, from <see cref="OnChipWeights.Pack"/>.</param>
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
    /// <param name="slices">Lanes that share a unit: 1, 2 or 4, at least the samples.</param>
    public static void Backward<TKept, TSamples>(
        ArrayView<float> gates, ArrayView<Float4> packed, ArrayView<float> cells, ArrayView<float> c0,
        ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dCLast, ArrayView<float> dH0,
        ArrayView<float> dC0, int T, int B, int H, int reverse, int places, int slices)
        where TKept : struct, IKeptWeights<TKept>
        where TSamples : struct, IGroupSamples<TSamples>
    {
        ArrayView<Float4> quads = SharedMemory.GetDynamic<float>().Cast<Float4>(); // [2, sample, unit] gates' gradients
        int item = Group.IdxX, items = Group.DimX, unit = item / slices, slice = item % slices;
        int length = places * slices, half = TSamples.Count * length, far = 2 * half + item;
        int local = slice / (slices / TSamples.Count), sample = Grid.IdxX * TSamples.Count + local;
        bool inside = unit < H && sample < B, writes = slice % (slices / TSamples.Count) == 0 && unit < H;
        TKept near = OnChipWeights.Load<TKept>(packed, item, items, quads, far, items, places);
        for (int i = item; i < 2 * half; i += items)
            quads[i] = default;
        long place = (long)sample * H + unit;
        float dH = dHLast.Length > 0 && inside ? dHLast[place] : 0;
        float dC = dCLast.Length > 0 && inside ? dCLast[place] : 0;
        float cell = inside ? cells[(long)(reverse != 0 ? 0 : T - 1) * B * H + place] : 0;
        Float4 active = default;
        float earlier = 0, output = 0;
        if (inside)
            Fetch(gates, cells, c0, dY, T - 1, T, B, H, reverse, sample, unit, ref active, ref earlier, ref output);
        Sync.Barrier();
        for (int step = T - 1; step >= 0; step--)
        {
            int now = step % 2 * half;
            float tanh = LstmFastCell.Tanh(cell), dOutput = dH + output;
            float dCell = LstmFastCell.CellGradient(active, tanh, dOutput, dC);
            Float4 gradients = LstmFastCell.GateGradients(active, tanh, earlier, dOutput, dCell);
            dC = dCell * active.Y;
            cell = earlier;
            if (writes)
                quads[now + local * length + unit] = gradients;
            if (step > 0 && inside)
                Fetch(gates, cells, c0, dY, step - 1, T, B, H, reverse, sample, unit, ref active, ref earlier,
                    ref output);
            if (writes && inside)
                LstmCell.Write(gates, ((long)(reverse != 0 ? T - 1 - step : step) * B + sample) * 4 * H, unit, H,
                    gradients);
            Sync.Barrier();
            TSamples sums = default;
            OnChipWeights.Multiply(
                ref near, ref sums, quads, now + item % (4 * slices), length, 4 * slices, far, items, places);
            dH = TSamples.ShareColumns(sums, slices);
        }
        if (!writes || !inside)
            return;
        if (dH0.Length > 0)
            dH0[place] = dH;
        if (dC0.Length > 0)
            dC0[place] = dC;
    }

    /// <summary>What backward needs of a step: the activated gates, c of the step before and the gradient of the
    /// output.</summary>
    internal static void Fetch(
        ArrayView<float> gates, ArrayView<float> cells, ArrayView<float> c0, ArrayView<float> dY, int step, int T,
        int B, int H, int reverse, int sample, int unit, ref Float4 active, ref float earlier, ref float output)
    {
        long row = (long)(reverse != 0 ? T - 1 - step : step) * B + sample, before = reverse != 0 ? row + B : row - B;
        active = LstmCell.Read(gates, row * 4 * H, unit, H);
        if (step > 0)
            earlier = cells[before * H + unit];
        else
            earlier = c0.Length > 0 ? c0[(long)sample * H + unit] : 0;
        output = dY.Length > 0 ? dY[row * H + unit] : 0;
    }
}
