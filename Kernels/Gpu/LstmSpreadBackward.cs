namespace GpuLstm.Kernels.Gpu;

public static partial class LstmSpread
{
    /// <summary>Backward through all steps, and one more for the gradient of h0.</summary>
    /// <param name="gates">[T, B, 4H] in: activated; out: gradients of the pre-activations.</param>
    /// <param name="packed">[places, items of a row of groups] backward's, from <see cref="Pack"/>.</param>
    /// <param name="cells">[T, B, H].</param>
    /// <param name="c0">[B, H]; empty: zero.</param>
    /// <param name="dY">[T, B, H]; empty: zero.</param>
    /// <param name="dHLast">[B, H]; empty: zero.</param>
    /// <param name="dC">[B, H] in: gradient of the last c; out: of c0.</param>
    /// <param name="dH0">[B, H] overwritten; or empty.</param>
    /// <param name="states">[rows of groups] of the barriers.</param>
    /// <param name="T">Steps.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size, a multiple of 4.</param>
    /// <param name="rows">Samples of a group.</param>
    /// <param name="reverse">1: time ran backwards.</param>
    /// <param name="places">Quads of weights of an item.</param>
    /// <param name="slices">Lanes that share a unit: up to 8.</param>
    /// <param name="samples">At a time: a power of 2.</param>
    /// <param name="kept">Places in registers, at least 1.</param>
    [Kernel(NoAlias = true, Targets = KernelTargets.Cuda, MinArch = 80)]
    public static void Backward(
        ArrayView<float> gates, ArrayView<Float4> packed, ArrayView<float> cells, ArrayView<float> c0,
        ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dC, ArrayView<float> dH0, ArrayView<int> states,
        int T, int B, int H, int rows, int reverse,
        [DefaultValue(64)] SpecializedValue<int> places, [DefaultValue(8)] SpecializedValue<int> slices,
        [DefaultValue(2)] SpecializedValue<int> samples, [DefaultValue(44)] SpecializedValue<int> kept)
    {
        ArrayView<Float4> far = SharedMemory.GetDynamic<Float4>();
        ArrayView<Float4> near = LocalMemory.Allocate<Float4>(kept);
        ArrayView<Float4> sums = LocalMemory.Allocate<Float4>(samples);
        ArrayView<Float4> active = LocalMemory.Allocate<Float4>(samples);
        ArrayView<float> cell = LocalMemory.Allocate<float>(samples);
        ArrayView<float> earlier = LocalMemory.Allocate<float>(samples);
        ArrayView<float> output = LocalMemory.Allocate<float>(samples);
        ArrayView<float> next = LocalMemory.Allocate<float>(samples); // gradient of c from the step after
        ArrayView<float> dH = LocalMemory.Allocate<float>(samples);
        int item = Group.IdxX, items = Group.DimX, slice = item % slices, unit = (Grid.IdxX * items + item) / slices;
        int lanes = 4 * slices, row = places * slices, half = samples * row;
        ArrayView<Float4> vectors = far.SubView((places - kept) * items);
        int own = LstmPieces.Own(samples, slices), local = LstmPieces.FirstOwn(samples, slices, slice);
        bool writes = LstmPieces.Writes(samples, slices, slice);
        int begin = Grid.IdxY * rows, end = IntrinsicMath.Min(B, begin + rows);
        LstmPieces.Load(packed.SubView(Grid.IdxX * items), Grid.DimX * items, near, far, item, items, places, kept);
        for (int step = T - 1; step >= (dH0.Length > 0 ? -1 : 0); step--)
        {
            int t = reverse != 0 ? T - 1 - step : step, before = reverse != 0 ? t + 1 : t - 1,
                after = reverse != 0 ? t - 1 : t + 1;
            bool hasAfter = step < T - 1;
            ArrayView<float> passed = hasAfter ? gates.SubView((long)after * B * 4 * H) : gates;
            if (hasAfter)
                Fetch(passed, H, begin, end, vectors, row, samples);
            for (int first = begin; first < end; first += samples)
            {
                int now = (first - begin) / samples % 2 * half;
                if (hasAfter && first + samples < end)
                    Fetch(passed, H, first + samples, end, vectors.SubView(half - now), row, samples);
                else
                    AsyncCopy.Commit();
                for (int s = 0; s < Loop.Unroll(own); s++)
                {
                    int sample = first + local + s;
                    long place = ((long)t * B + sample) * H + unit, state = (long)sample * H + unit;
                    active[s] = default;
                    cell[s] = 0;
                    earlier[s] = 0;
                    output[s] = 0;
                    next[s] = 0;
                    if (unit < H && sample < end && step >= 0)
                    {
                        active[s] = LstmCell.Read(gates, ((long)t * B + sample) * 4 * H, unit, H);
                        cell[s] = cells[place];
                        next[s] = dC[state];
                        if (step > 0)
                            earlier[s] = cells[((long)before * B + sample) * H + unit];
                        else if (c0.Length > 0)
                            earlier[s] = c0[state];
                        if (dY.Length > 0)
                            output[s] = dY[place];
                        if (!hasAfter && dHLast.Length > 0)
                            output[s] += dHLast[state];
                    }
                }
                AsyncCopy.Wait(1);
                Group.Barrier();
                for (int n = 0; n < Loop.Unroll(samples); n++)
                    sums[n] = default;
                if (hasAfter)
                    LstmPieces.Multiply(
                        vectors, now + item % lanes, row, lanes, near, far, sums, item, items, samples, places, kept);
                LstmPieces.ShareColumns(sums, dH, samples, slices);
                for (int s = 0; s < Loop.Unroll(own); s++)
                {
                    int sample = first + local + s;
                    float tanh = LstmFastCell.Tanh(cell[s]), dOutput = dH[s] + output[s];
                    float dCell = LstmFastCell.CellGradient(active[s], tanh, dOutput, next[s]);
                    if (writes && unit < H && sample < end)
                    {
                        long state = (long)sample * H + unit;
                        if (step < 0)
                            dH0[state] = dH[s];
                        else
                        {
                            dC[state] = dCell * active[s].Y;
                            LstmCell.Write(gates, ((long)t * B + sample) * 4 * H, unit, H,
                                LstmFastCell.GateGradients(active[s], tanh, earlier[s], dOutput, dCell));
                        }
                    }
                }
                Group.Barrier();
            }
            AsyncCopy.Wait(0);
            Grid.BarrierAlongX(ref states[Grid.IdxY]);
        }
    }
}
