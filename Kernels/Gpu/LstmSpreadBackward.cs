namespace GpuLstm.Kernels.Gpu;

// Backward; see the other part.
public static partial class LstmSpread
{
    /// <summary>Backward through all steps, and one turn more for the gradient of h0.</summary>
    /// <param name="gates">[T, B, 4H] in: activated; out: gradients of the pre-activations.</param>
    /// <param name="packed">[places, items of a row of groups] backward's, from <see cref="OnChipWeights.Pack"/>, not
    /// by unit.</param>
    /// <param name="cells">[T, B, H].</param>
    /// <param name="c0">[B, H]; empty: zero.</param>
    /// <param name="dY">[T, B, H]; empty: zero.</param>
    /// <param name="dHLast">[B, H]; empty: zero.</param>
    /// <param name="dC">[B, H] in: the gradient of the last c; out: of c0.</param>
    /// <param name="dH0">[B, H] overwritten; or empty.</param>
    /// <param name="arrivals">[rows of groups] of <see cref="GridRow.Barrier"/>.</param>
    /// <param name="T">Steps.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size, a multiple of 4.</param>
    /// <param name="rows">Samples of a group.</param>
    /// <param name="reverse">1: time ran backwards.</param>
    /// <param name="places">Quads of weights of an item.</param>
    public static void Backward<TKept, TSamples>(
        ArrayView<float> gates, ArrayView<Float4> packed, ArrayView<float> cells, ArrayView<float> c0,
        ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dC, ArrayView<float> dH0,
        ArrayView<int> arrivals, int T, int B, int H, int rows, int reverse, int places)
        where TKept : struct, IKeptWeights<TKept>
        where TSamples : struct, IGroupSamples<TSamples>
    {
        ArrayView<Float4> quads = SharedMemory.GetDynamic<float>().Cast<Float4>(); // [2, sample, quad] of vectors
        ArrayView<Float4> passed = gates.Cast<Float4>();
        int item = Group.IdxX, items = Group.DimX, slice = item % Slices, unit = (Grid.IdxX * items + item) / Slices;
        int row = places * Slices, half = TSamples.Count * row, far = 2 * half + item;
        int local = slice / (Slices / TSamples.Count), end = Math.Min(B, (Grid.IdxY + 1) * rows);
        bool writes = slice % (Slices / TSamples.Count) == 0;
        TKept near = OnChipWeights.Load<TKept>(
            packed, Grid.IdxX * items + item, Grid.DimX * items, quads, far, items, places);
        for (int step = T - 1; step >= (dH0.Length > 0 ? -1 : 0); step--)
        {
            int t = reverse != 0 ? T - 1 - step : step, now = 0;
            long start = (long)(reverse != 0 ? t - 1 : t + 1) * B;
            bool hasAfter = step < T - 1;
            if (hasAfter)
                Fetch<TSamples>(passed, start, H, Grid.IdxY * rows, end, quads, now, row);
            AsyncCopy.Commit();
            for (int first = Grid.IdxY * rows; first < end; first += TSamples.Count)
            {
                if (hasAfter && first + TSamples.Count < end)
                    Fetch<TSamples>(passed, start, H, first + TSamples.Count, end, quads, half - now, row);
                AsyncCopy.Commit();
                int sample = first + local;
                bool inside = unit < H && sample < end;
                long state = (long)sample * H + unit;
                Float4 active = default;
                float cell = 0, earlier = 0, output = 0, dCell = 0;
                if (inside && step >= 0)
                {
                    LstmPersistent.Fetch(gates, cells, c0, dY, step, T, B, H, reverse, sample, unit, ref active,
                        ref earlier, ref output);
                    cell = cells[((long)t * B + sample) * H + unit];
                    dCell = dC[state];
                    if (!hasAfter && dHLast.Length > 0)
                        output += dHLast[state];
                }
                TSamples sums = default;
                if (hasAfter)
                {
                    AsyncCopy.WaitForAllButOne();
                    Sync.Barrier();
                    OnChipWeights.Multiply(
                        ref near, ref sums, quads, now + item % (4 * Slices), row, 4 * Slices, far, items, places);
                }
                float tanh = LstmFastCell.Tanh(cell), dH = TSamples.ShareColumns(sums, Slices) + output;
                dCell = LstmFastCell.CellGradient(active, tanh, dH, dCell);
                if (writes && inside && step < 0)
                    dH0[state] = dH;
                if (writes && inside && step >= 0)
                {
                    dC[state] = dCell * active.Y;
                    LstmCell.Write(gates, ((long)t * B + sample) * 4 * H, unit, H,
                        LstmFastCell.GateGradients(active, tanh, earlier, dH, dCell));
                }
                now = half - now;
                Sync.Barrier();
            }
            AsyncCopy.WaitForAll();
            GridRow.Barrier(ref arrivals[Grid.IdxY]);
        }
    }
}
