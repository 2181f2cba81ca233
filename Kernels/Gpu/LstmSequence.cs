namespace GpuLstm.Kernels.Gpu;

/// <summary>All T steps of an LSTM layer in one launch, for small H: a group owns <c>tileB</c> samples for the whole
/// sequence, so no group waits for another (after Diamos et al. 2016, "Persistent RNNs", where one launch keeps the
/// recurrent weights on chip). h passes from item to item through shared memory, c stays in registers; the weights lie
/// in shared memory where they fit (<c>weightsInShared</c>), else in the caches.</summary>
/// <remarks>Both kernels: ceil(B / tileB) groups of (H, tileB / blockB) items; dynamic shared memory of H * H Float4 if
/// weightsInShared is 1, else of one Float4. blockB is a multiple of 4.</remarks>
public static partial class LstmSequence
{
    /// <summary>The recurrent weights [4H, H] as forward reads them, [k, unit] with the four gates of a unit side by
    /// side,
    /// and as backward does, [unit, k]; overwrites both. An item per (k, unit).</summary>
    [Kernel(NoAlias = true)]
    public static void Pack(Index2D index,
        ArrayView<float> weights, ArrayView<Float4> forward, ArrayView<Float4> backward, int H)
    {
        int k = index.X, unit = index.Y;
        Float4 packed = new(
            weights[(long)unit * H + k], weights[((long)H + unit) * H + k],
            weights[(2L * H + unit) * H + k], weights[(3L * H + unit) * H + k]);
        forward[(long)k * H + unit] = packed;
        if (backward.Length > 0)
            backward[(long)unit * H + k] = packed;
    }

    /// <summary>Forward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: x's part and the bias; out: activated i, f, g, o.</param>
    /// <param name="weights">[H, H] of four gates, from <see cref="Pack"/>.</param>
    /// <param name="h0">[B, H]; empty: zero.</param>
    /// <param name="c0">[B, H]; empty: zero.</param>
    /// <param name="y">[T, B, H] h of every step, overwritten.</param>
    /// <param name="cells">[T, B, H] overwritten.</param>
    /// <param name="T">Steps.</param>
    /// <param name="B">Batch.</param>
    /// <param name="reverse">1: time runs backwards.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="tileB">Samples of a group.</param>
    /// <param name="blockB">Samples of an item.</param>
    /// <param name="weightsInShared">1 or 0.</param>
    [Kernel(NoAlias = true)]
    public static void Forward(
        ArrayView<float> gates, ArrayView<Float4> weights, ArrayView<float> h0, ArrayView<float> c0,
        ArrayView<float> y, ArrayView<float> cells, int T, int B, int reverse,
        [DefaultValue(64)] SpecializedValue<int> H, [DefaultValue(4)] SpecializedValue<int> tileB,
        [DefaultValue(4)] SpecializedValue<int> blockB, [DefaultValue(0)] SpecializedValue<int> weightsInShared)
    {
        ArrayView<Float4> kept = SharedMemory.GetDynamic<Float4>();
        // [2, unit, sample]: h before and after the step
        ArrayView<float> state = SharedMemory.Allocate<float>(2 * H * tileB);
        ArrayView<Float4> sums = LocalMemory.Allocate<Float4>(blockB);
        ArrayView<float> c = LocalMemory.Allocate<float>(blockB);
        int unit = Group.IdxX, local = Group.IdxY * blockB, first = Grid.IdxX * tileB + local;
        if (weightsInShared != 0)
            Keep(weights, kept, H);
        for (int s = 0; s < Loop.Unroll(blockB); s++)
        {
            long place = (long)(first + s) * H + unit;
            c[s] = Given(c0, place, first + s < B);
            state[unit * tileB + local + s] = Given(h0, place, first + s < B);
        }
        Group.Barrier();
        for (int step = 0; step < T; step++)
        {
            int t = reverse != 0 ? T - 1 - step : step;
            int now = step % 2 * H * tileB, after = H * tileB - now;
            for (int s = 0; s < Loop.Unroll(blockB); s++)
                sums[s] = first + s < B ? LstmCell.Read(gates, ((long)t * B + first + s) * 4 * H, unit, H) : default;
            if (weightsInShared != 0)
                Recur(kept, state, sums, unit, now + local, H, tileB, blockB);
            else
                Recur(weights, state, sums, unit, now + local, H, tileB, blockB);
            for (int s = 0; s < Loop.Unroll(blockB); s++)
            {
                Float4 active = LstmCell.Activate(sums[s]);
                c[s] = LstmCell.Cell(active, c[s]);
                float h = active.W * XMath.Tanh(c[s]);
                state[after + unit * tileB + local + s] = h;
                if (first + s < B)
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

    /// <summary>Brings the weights [H, H] into shared memory.</summary>
    private static void Keep(ArrayView<Float4> weights, ArrayView<Float4> kept, SpecializedValue<int> H)
    {
        for (int place = Group.LinearIndex; place < H * H; place += Group.DimX * Group.DimY)
            kept[place] = weights[place];
    }

    /// <summary>An element of an optional [B, H]; zero where it is empty and for samples beyond the batch.</summary>
    private static float Given(ArrayView<float> values, long place, bool inBatch) =>
        values.Length > 0 && inBatch ? values[place] : 0;

    /// <summary>sums += the recurrent weights of one unit times h of the item's samples.</summary>
    private static void Recur(
        ArrayView<Float4> weights, ArrayView<float> state, ArrayView<Float4> sums, int unit, int place,
        SpecializedValue<int> H, SpecializedValue<int> tileB, SpecializedValue<int> blockB)
    {
        for (int k = 0; k < H; k++)
        {
            Float4 weight = weights[k * H + unit];
            for (int s = 0; s < Loop.Unroll(blockB); s++)
                sums[s] = Fused.MultiplyAdd(weight, state[place + k * tileB + s], sums[s]);
        }
    }

    /// <summary>Backward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: activated; out: gradients of the pre-activations.</param>
    /// <param name="weights">[H, H] of four gates, backward's from <see cref="Pack"/>.</param>
    /// <param name="cells">[T, B, H].</param>
    /// <param name="c0">[B, H]; empty: zero.</param>
    /// <param name="dY">[T, B, H]; empty: zero.</param>
    /// <param name="dHLast">[B, H]; empty: zero.</param>
    /// <param name="dCLast">[B, H]; empty: zero.</param>
    /// <param name="dH0">[B, H] overwritten; or empty.</param>
    /// <param name="dC0">[B, H] overwritten; or empty.</param>
    /// <param name="T">Steps.</param>
    /// <param name="B">Batch.</param>
    /// <param name="reverse">1: time ran backwards.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="tileB">Samples of a group.</param>
    /// <param name="blockB">Samples of an item.</param>
    /// <param name="weightsInShared">1 or 0.</param>
    [Kernel(NoAlias = true)]
    public static void Backward(
        ArrayView<float> gates, ArrayView<Float4> weights, ArrayView<float> cells, ArrayView<float> c0,
        ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dCLast, ArrayView<float> dH0,
        ArrayView<float> dC0, int T, int B, int reverse,
        [DefaultValue(64)] SpecializedValue<int> H, [DefaultValue(4)] SpecializedValue<int> tileB,
        [DefaultValue(4)] SpecializedValue<int> blockB, [DefaultValue(0)] SpecializedValue<int> weightsInShared)
    {
        ArrayView<Float4> kept = SharedMemory.GetDynamic<Float4>();
        ArrayView<Float4> passed = SharedMemory.Allocate<Float4>(2 * H * tileB); // [2, unit, sample]: gates' gradients
        ArrayView<float> dH = LocalMemory.Allocate<float>(blockB);
        ArrayView<float> dC = LocalMemory.Allocate<float>(blockB);
        int unit = Group.IdxX, local = Group.IdxY * blockB, first = Grid.IdxX * tileB + local;
        if (weightsInShared != 0)
            Keep(weights, kept, H);
        for (int s = 0; s < Loop.Unroll(blockB); s++)
        {
            long place = (long)(first + s) * H + unit;
            dH[s] = Given(dHLast, place, first + s < B);
            dC[s] = Given(dCLast, place, first + s < B);
        }
        Group.Barrier();
        for (int step = T - 1; step >= 0; step--)
        {
            int t = reverse != 0 ? T - 1 - step : step;
            int now = step % 2 * H * tileB;
            for (int s = 0; s < Loop.Unroll(blockB); s++)
            {
                Float4 gradients = default;
                if (first + s < B)
                {
                    long row = (long)t * B + first + s, before = reverse != 0 ? row + B : row - B;
                    Float4 active = LstmCell.Read(gates, row * 4 * H, unit, H);
                    float cell = cells[row * H + unit], earlier = 0;
                    if (step > 0)
                        earlier = cells[before * H + unit];
                    else if (c0.Length > 0)
                        earlier = c0[(long)(first + s) * H + unit];
                    float dOutput = dH[s] + (dY.Length > 0 ? dY[row * H + unit] : 0);
                    float dCell = LstmCell.CellGradient(active, cell, dOutput, dC[s]);
                    gradients = LstmCell.GateGradients(active, cell, earlier, dOutput, dCell);
                    dC[s] = dCell * active.Y;
                    LstmCell.Write(gates, row * 4 * H, unit, H, gradients);
                }
                passed[now + unit * tileB + local + s] = gradients;
                dH[s] = 0;
            }
            Group.Barrier();
            if (weightsInShared != 0)
                Return(kept, passed, dH, unit, now + local, H, tileB, blockB);
            else
                Return(weights, passed, dH, unit, now + local, H, tileB, blockB);
        }
        for (int s = 0; s < Loop.Unroll(blockB); s++)
            if (first + s < B)
            {
                long place = (long)(first + s) * H + unit;
                if (dH0.Length > 0)
                    dH0[place] = dH[s];
                if (dC0.Length > 0)
                    dC0[place] = dC[s];
            }
    }

    /// <summary>dH of unit k += every unit's gate gradients times its weights on k.</summary>
    private static void Return(
        ArrayView<Float4> weights, ArrayView<Float4> passed, ArrayView<float> dH, int k, int place,
        SpecializedValue<int> H, SpecializedValue<int> tileB, SpecializedValue<int> blockB)
    {
        for (int unit = 0; unit < H; unit++)
        {
            Float4 weight = weights[unit * H + k];
            for (int s = 0; s < Loop.Unroll(blockB); s++)
            {
                Float4 gradient = passed[place + unit * tileB + s];
                dH[s] = Fused.MultiplyAdd(weight.X, gradient.X, dH[s]);
                dH[s] = Fused.MultiplyAdd(weight.Y, gradient.Y, dH[s]);
                dH[s] = Fused.MultiplyAdd(weight.Z, gradient.Z, dH[s]);
                dH[s] = Fused.MultiplyAdd(weight.W, gradient.W, dH[s]);
            }
        }
    }
}
