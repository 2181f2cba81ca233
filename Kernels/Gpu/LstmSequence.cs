namespace GpuLstm.Kernels.Gpu;

/// <summary>All T steps of an LSTM layer in one launch, for H up to <see cref="LargestHidden"/>: a group owns
/// <see cref="GateSums.Samples"/> samples for the whole sequence, so no group waits for another (after Diamos et al.
/// 2016, "Persistent RNNs"). h passes from item to item through shared memory, c stays in registers; the weights come
/// from the caches.</summary>
/// <remarks>Both kernels: ceil(B / Samples) groups of H items, H being at most TRoom.Units.</remarks>
public static class LstmSequence
{
    /// <summary>That of the largest room.</summary>
    public const int LargestHidden = 256;

    private const int Samples = GateSums.Samples;

    /// <summary>What a group of layers of so many units takes of shared memory, at most.</summary>
    public static long SharedBytes(int units) => 2L * Samples * UnitRoom.For(units) * 4 * sizeof(float);

    /// <summary>The recurrent weights [4H, H] as forward reads them, [k, unit] with the four gates of a unit side by
    /// side, and as backward does, [unit, k]; overwrites both.</summary>
    /// <param name="place">unit * H + k.</param>
    /// <param name="weights">[4H, H].</param>
    /// <param name="forward">[H, H].</param>
    /// <param name="backward">[H, H]; or empty.</param>
    /// <param name="H">Hidden size.</param>
    public static void Pack(
        Index1D place, ArrayView<float> weights, ArrayView<Float4> forward, ArrayView<Float4> backward, int H)
    {
        int unit = place / H, k = place % H;
        Float4 packed = new(
            weights[(long)unit * H + k], weights[((long)H + unit) * H + k],
            weights[(2L * H + unit) * H + k], weights[(3L * H + unit) * H + k]);
        forward[(long)k * H + unit] = packed;
        if (backward.Length > 0)
            backward[place] = packed;
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
    /// <param name="H">Hidden size.</param>
    /// <param name="reverse">1: time runs backwards.</param>
    public static void Forward<TRoom>(
        ArrayView<float> gates, ArrayView<Float4> weights, ArrayView<float> h0, ArrayView<float> c0,
        ArrayView<float> y, ArrayView<float> cells, int T, int B, int H, int reverse)
        where TRoom : struct, IUnitRoom
    {
        ArrayView<Float4> state = SharedMemory.Allocate<Float4>(2 * TRoom.Units); // [2, unit] h of the samples
        int unit = Group.IdxX, first = Grid.IdxX * Samples;
        Float4 c = Given(c0, first, B, unit, H);
        state[unit] = Given(h0, first, B, unit, H);
        Sync.Barrier();
        for (int step = 0; step < T; step++)
        {
            long row = (long)(reverse != 0 ? T - 1 - step : step) * B + first;
            int now = step % 2 * TRoom.Units, after = TRoom.Units - now;
            GateSums sums = default;
            sums.First = Before(gates, row, unit, H, first < B);
            sums.Second = Before(gates, row + 1, unit, H, first + 1 < B);
            sums.Third = Before(gates, row + 2, unit, H, first + 2 < B);
            sums.Fourth = Before(gates, row + 3, unit, H, first + 3 < B);
            for (int k = 0; k < H; k++)
                GateSums.MultiplyAdd(ref sums, weights[k * H + unit], state[now + k]);
            Float4 h;
            h.X = Step(gates, cells, y, row, unit, H, first < B, sums.First, ref c.X);
            h.Y = Step(gates, cells, y, row + 1, unit, H, first + 1 < B, sums.Second, ref c.Y);
            h.Z = Step(gates, cells, y, row + 2, unit, H, first + 2 < B, sums.Third, ref c.Z);
            h.W = Step(gates, cells, y, row + 3, unit, H, first + 3 < B, sums.Fourth, ref c.W);
            state[after + unit] = h;
            Sync.Barrier();
        }
    }

    private static Float4 Before(ArrayView<float> gates, long row, int unit, int H, bool inside) =>
        inside ? LstmCell.Read(gates, row * 4 * H, unit, H) : default;

    /// <summary>A sample's step, after its product.</summary>
    private static float Step(
        ArrayView<float> gates, ArrayView<float> cells, ArrayView<float> y, long row, int unit, int H, bool inside,
        Float4 sum, ref float c)
    {
        Float4 active = LstmCell.Activate(sum);
        c = LstmCell.Cell(active, c);
        float h = active.W * LstmCell.Tanh(c);
        if (inside)
        {
            LstmCell.Write(gates, row * 4 * H, unit, H, active);
            cells[row * H + unit] = c;
            y[row * H + unit] = h;
        }
        return h;
    }

    /// <summary>A unit of the samples from an optional [B, H].</summary>
    private static Float4 Given(ArrayView<float> values, int first, int B, int unit, int H)
    {
        long place = (long)first * H + unit;
        return new(
            LstmCell.Given(values, place, first < B), LstmCell.Given(values, place + H, first + 1 < B),
            LstmCell.Given(values, place + 2L * H, first + 2 < B),
            LstmCell.Given(values, place + 3L * H, first + 3 < B));
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
    /// <param name="H">Hidden size.</param>
    /// <param name="reverse">1: time ran backwards.</param>
    public static void Backward<TRoom>(
        ArrayView<float> gates, ArrayView<Float4> weights, ArrayView<float> cells, ArrayView<float> c0,
        ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dCLast, ArrayView<float> dH0,
        ArrayView<float> dC0, int T, int B, int H, int reverse)
        where TRoom : struct, IUnitRoom
    {
        // [2, unit, sample] gradients of the gates
        ArrayView<Float4> passed = SharedMemory.Allocate<Float4>(2 * Samples * TRoom.Units);
        int unit = Group.IdxX, first = Grid.IdxX * Samples;
        Float4 dH = Given(dHLast, first, B, unit, H), dC = Given(dCLast, first, B, unit, H);
        for (int step = T - 1; step >= 0; step--)
        {
            int t = reverse != 0 ? T - 1 - step : step, before = reverse != 0 ? t + 1 : t - 1;
            // c of the step before: in the cells, or c0
            ArrayView<float> earlier = step > 0 ? cells : c0;
            long row = (long)t * B + first, from = (step > 0 ? (long)before * B : 0) + first;
            int now = step % 2 * Samples * TRoom.Units, place = now + unit * Samples;
            passed[place] = StepBack(
                gates, cells, earlier, dY, row, from, unit, H, first < B, dH.X, ref dC.X);
            passed[place + 1] = StepBack(
                gates, cells, earlier, dY, row + 1, from + 1, unit, H, first + 1 < B, dH.Y, ref dC.Y);
            passed[place + 2] = StepBack(
                gates, cells, earlier, dY, row + 2, from + 2, unit, H, first + 2 < B, dH.Z, ref dC.Z);
            passed[place + 3] = StepBack(
                gates, cells, earlier, dY, row + 3, from + 3, unit, H, first + 3 < B, dH.W, ref dC.W);
            Sync.Barrier();
            dH = default;
            for (int k = 0; k < H; k++)
            {
                Float4 weight = weights[k * H + unit];
                int quads = now + k * Samples;
                dH.X = Dot(weight, passed[quads], dH.X);
                dH.Y = Dot(weight, passed[quads + 1], dH.Y);
                dH.Z = Dot(weight, passed[quads + 2], dH.Z);
                dH.W = Dot(weight, passed[quads + 3], dH.W);
            }
        }
        Keep(dH0, first, B, unit, H, dH);
        Keep(dC0, first, B, unit, H, dC);
    }

    /// <summary>The gates' gradients of a sample, zero outside.</summary>
    private static Float4 StepBack(
        ArrayView<float> gates, ArrayView<float> cells, ArrayView<float> earlier, ArrayView<float> dY, long row,
        long from, int unit, int H, bool inside, float dH, ref float dC)
    {
        if (!inside)
            return default;
        Float4 active = LstmCell.Read(gates, row * 4 * H, unit, H);
        float tanh = LstmCell.Tanh(cells[row * H + unit]);
        float before = LstmCell.Given(earlier, from * H + unit, inside);
        float dOutput = dH + LstmCell.Given(dY, row * H + unit, inside);
        float dCell = LstmCell.CellGradient(active, tanh, dOutput, dC);
        Float4 gradients = LstmCell.GateGradients(active, tanh, before, dOutput, dCell);
        dC = dCell * active.Y;
        LstmCell.Write(gates, row * 4 * H, unit, H, gradients);
        return gradients;
    }

    private static float Dot(Float4 a, Float4 b, float sum) =>
        a.X * b.X + (a.Y * b.Y + (a.Z * b.Z + (a.W * b.W + sum)));

    /// <summary>Writes a unit of the samples to an optional [B, H].</summary>
    private static void Keep(ArrayView<float> target, int first, int B, int unit, int H, Float4 values)
    {
        long place = (long)first * H + unit;
        Put(target, place, first < B, values.X);
        Put(target, place + H, first + 1 < B, values.Y);
        Put(target, place + 2L * H, first + 2 < B, values.Z);
        Put(target, place + 3L * H, first + 3 < B, values.W);
    }

    private static void Put(ArrayView<float> target, long place, bool inside, float value)
    {
        if (target.Length > 0 && inside)
            target[place] = value;
    }
}
