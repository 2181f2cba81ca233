namespace GpuLstm.Kernels.Gpu;

/// <summary>All T steps of an LSTM layer in one launch, for a processor that runs kernels: a group of one item owns
/// <c>tileB</c> samples for the whole sequence, and no group waits for another. Weights come in panels of 32 columns,
/// so that a row of a product is four vectors of 8 and the gates of 8 units stand side by side.</summary>
/// <remarks>Both kernels: ceil(B / tileB) groups of one item.</remarks>
public static partial class LstmRows
{
    /// <summary>Units whose four gates fill a panel's row.</summary>
    public const int Units = RowPanel.Width / 4;

    /// <summary>The recurrent weights [4H, H] as forward reads them, [unit / 8, k, gate, unit % 8], and as backward
    /// does,
    /// [k / 32, row, k % 32]; zeros where no unit is. Overwrites both; an empty view is left out. An item per (k, unit)
    /// of the padded sizes.</summary>
    [Kernel(NoAlias = true, Targets = KernelTargets.OpenCl)]
    public static void Pack(Index2D index,
        ArrayView<float> weights, ArrayView<float> forward, ArrayView<float> backward, int H)
    {
        int k = index.X, unit = index.Y;
        for (int gate = 0; gate < 4; gate++)
        {
            float weight = 0;
            if (k < H && unit < H)
                weight = weights[((long)gate * H + unit) * H + k];
            if (k < H)
                forward[(((long)(unit / Units) * H + k) * 4 + gate) * Units + unit % Units] = weight;
            if (unit < H && backward.Length > 0)
                backward[((long)(k / RowPanel.Width) * 4 * H + (long)gate * H + unit) * RowPanel.Width
                    + k % RowPanel.Width] = weight;
        }
    }

    /// <summary>Forward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: x's part and the bias; out: activated i, f, g, o.</param>
    /// <param name="weights">Forward's from <see cref="Pack"/>.</param>
    /// <param name="h0">[B, H]; empty: zero.</param>
    /// <param name="c0">[B, H]; empty: zero.</param>
    /// <param name="y">[T, B, H] h of every step, overwritten.</param>
    /// <param name="cells">[T, B, H] overwritten.</param>
    /// <param name="T">Steps.</param>
    /// <param name="B">Batch.</param>
    /// <param name="reverse">1: time runs backwards.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="tileB">Samples of a group.</param>
    [Kernel(NoAlias = true, Targets = KernelTargets.OpenCl)]
    public static void Forward(
        ArrayView<float> gates, ArrayView<float> weights, ArrayView<float> h0, ArrayView<float> c0,
        ArrayView<float> y, ArrayView<float> cells, int T, int B, int reverse,
        [DefaultValue(64)] SpecializedValue<int> H, [DefaultValue(16)] SpecializedValue<int> tileB)
    {
        // [2, sample, unit] h before and after the step
        ArrayView<float> state = SharedMemory.Allocate<float>(2 * tileB * H);
        ArrayView<float> c = SharedMemory.Allocate<float>(tileB * H);         // [sample, unit]
        ArrayView<float> sums = LocalMemory.Allocate<float>(RowPanel.Rows * RowPanel.Width);
        int first = Grid.IdxX * tileB, count = XMath.Min(tileB, B - first);
        Start(h0, first, count, state, H);
        Start(c0, first, count, c, H);
        for (int step = 0; step < T; step++)
        {
            int t = reverse != 0 ? T - 1 - step : step;
            int now = step % 2 * tileB * H, after = tileB * H - now;
            for (int unit = 0; unit < H; unit += Units)
                for (int s = 0; s < count; s += RowPanel.Rows)
                {
                    RowPanel.Clear(sums);
                    RowPanel.Multiply(
                        state.SubView(now), s, count - 1, H, 1, weights.SubView((long)unit * 4 * H), sums, H);
                    for (int row = 0; row < XMath.Min(RowPanel.Rows, count - s); row++)
                    {
                        long place = (long)t * B + first + s + row;
                        Activate(gates.SubView(place * 4 * H), sums.SubView(row * RowPanel.Width),
                            c.SubView((s + row) * H), state.SubView(after + (s + row) * H), cells.SubView(place * H),
                            y.SubView(place * H), unit, H);
                    }
                }
        }
    }

    /// <summary>values [count, H] = given rows of [B, H], or zero.</summary>
    private static void Start(
        ArrayView<float> given, int first, int count, ArrayView<float> values, SpecializedValue<int> H)
    {
        for (int i = 0; i < count * H; i++)
            values[i] = given.Length > 0 ? given[(long)first * H + i] : 0;
    }

    /// <summary>The pointwise part of one sample and eight units from <paramref name="unit"/>; every view is the
    /// sample's.
    /// The loops are short and apart, because the middle one is the work, and becomes vectors only where it has no end
    /// that depends on H.</summary>
    private static void Activate(
        ArrayView<float> gates, ArrayView<float> sums, ArrayView<float> c, ArrayView<float> h, ArrayView<float> cells,
        ArrayView<float> y, int unit, SpecializedValue<int> H)
    {
        ArrayView<float> cell = LocalMemory.Allocate<float>(Units);
        ArrayView<float> output = LocalMemory.Allocate<float>(Units);
        int width = XMath.Min(Units, H - unit);
        for (int u = 0; u < Units; u++)
            cell[u] = 0;
        for (int u = 0; u < width; u++)
            cell[u] = c[unit + u];
        for (int gate = 0; gate < 4; gate++)
            for (int u = 0; u < width; u++)
                sums[gate * Units + u] += gates[gate * H + unit + u];
        for (int u = 0; u < Units; u++)
        {
            Float4 active = LstmCell.Activate(new(sums[u], sums[Units + u], sums[2 * Units + u], sums[3 * Units + u]));
            cell[u] = LstmCell.Cell(active, cell[u]);
            output[u] = active.W * XMath.Tanh(cell[u]);
            sums[u] = active.X;
            sums[Units + u] = active.Y;
            sums[2 * Units + u] = active.Z;
            sums[3 * Units + u] = active.W;
        }
        for (int gate = 0; gate < 4; gate++)
            for (int u = 0; u < width; u++)
                gates[gate * H + unit + u] = sums[gate * Units + u];
        for (int u = 0; u < width; u++)
        {
            c[unit + u] = cell[u];
            cells[unit + u] = cell[u];
            h[unit + u] = output[u];
            y[unit + u] = output[u];
        }
    }
}
