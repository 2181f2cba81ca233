namespace GpuLstm.Kernels.Gpu;

/// <summary>The pointwise parts of an LSTM step, of which layers are composed that no fused kernel has: with a
/// projection, layer norm, zoneout, recurrent dropout, lengths. A sample does not run at times beyond its length: it
/// hands its states on. Kernels over the places of a state [B, H]: sample
/// * H + unit.</summary>
public static class LstmParts
{
    private static bool Runs(ArrayView<int> lengths, int sample, int time) => lengths.Length == 0
        || time < lengths[sample];

    /// <summary>The gates, and the new cell c~ = f c' + i g.</summary>
    /// <param name="place">In the state.</param>
    /// <param name="gates">[B, 4H] in: the input's part of the pre-activations with the bias; out: activated, zero
    /// where the sample does not run.</param>
    /// <param name="fromH">[B, 4H] the recurrent part.</param>
    /// <param name="before">[B, H] c'.</param>
    /// <param name="cell">[B, H] overwritten.</param>
    /// <param name="lengths">[B], or empty.</param>
    /// <param name="time">Of the step.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="slope">Of hard sigmoid gates, slope a + 1/2 cut to 0 .. 1; 0: sigmoids.</param>
    public static void Cell(
        Index1D place, ArrayView<float> gates, ArrayView<float> fromH, ArrayView<float> before, ArrayView<float> cell,
        ArrayView<int> lengths, int time, int H, float slope)
    {
        int sample = place / H, unit = place % H;
        long row = 4L * sample * H;
        Float4 active = default;
        float c = before[place];
        if (Runs(lengths, sample, time))
        {
            Float4 sums = LstmCell.Read(gates, row, unit, H) + LstmCell.Read(fromH, row, unit, H);
            if (slope > 0)
                active = LstmCell.ActivateHard(sums, slope);
            else
                active = LstmCell.Activate(sums);
            c = LstmCell.Cell(active, c);
        }
        LstmCell.Write(gates, row, unit, H, active);
        cell[place] = c;
    }

    /// <summary>inner = o tanh(normed).</summary>
    /// <param name="place">In the state.</param>
    /// <param name="gates">[B, 4H] activated.</param>
    /// <param name="normed">[B, H] the cell, or its layer norm.</param>
    /// <param name="inner">[B, H] overwritten.</param>
    /// <param name="H">Hidden size.</param>
    public static void Hidden(Index1D place, ArrayView<float> gates, ArrayView<float> normed, ArrayView<float> inner,
        int H)
    {
        inner[place] = gates[(4L * (place / H) + 3) * H + place % H] * LstmCell.Tanh(normed[place]);
    }

    /// <summary>From inner's gradient that of the output gate's pre-activation, and that of normed.</summary>
    /// <param name="place">In the state.</param>
    /// <param name="gates">[B, 4H] in: activated; out: the output gate's gradient in its place.</param>
    /// <param name="normed">[B, H].</param>
    /// <param name="dInner">[B, H].</param>
    /// <param name="dNormed">[B, H] overwritten; may be normed.</param>
    /// <param name="H">Hidden size.</param>
    public static void HiddenBack(
        Index1D place, ArrayView<float> gates, ArrayView<float> normed, ArrayView<float> dInner,
            ArrayView<float> dNormed, int H)
    {
        long row = (4L * (place / H) + 3) * H + place % H;
        float o = gates[row], tanh = LstmCell.Tanh(normed[place]), d = dInner[place];
        dNormed[place] = d * o * (1 - tanh * tanh);
        gates[row] = d * tanh * o * (1 - o);
    }

    /// <summary>From the new cell's gradient those of the other three gates' pre-activations and of c'.</summary>
    /// <param name="place">In the state.</param>
    /// <param name="gates">[B, 4H] in: activated i, f, g; out: their gradients.</param>
    /// <param name="before">[B, H] c'.</param>
    /// <param name="dNormed">[B, H] gradient of the new cell through h.</param>
    /// <param name="dCell">[B, H] through the next step.</param>
    /// <param name="dC">[B, H] added to: gradient of c'.</param>
    /// <param name="H">Hidden size.</param>
    public static void CellBack(
        Index1D place, ArrayView<float> gates, ArrayView<float> before, ArrayView<float> dNormed,
            ArrayView<float> dCell,
        ArrayView<float> dC, int H)
    {
        long row = 4L * (place / H) * H + place % H;
        float i = gates[row], f = gates[row + H], g = gates[row + 2 * H], d = dNormed[place] + dCell[place];
        gates[row] = d * g * i * (1 - i);
        gates[row + H] = d * before[place] * f * (1 - f);
        gates[row + 2 * H] = d * i * (1 - g * g);
        dC[place] += d * f;
    }

    /// <summary>A state after the step: zoneout's mixture of the one before and the fresh one.</summary>
    /// <param name="place">In the state.</param>
    /// <param name="before">[B, N].</param>
    /// <param name="fresh">[B, N].</param>
    /// <param name="zone">[B, N] 1 where the state stays; empty: all stay at the rate.</param>
    /// <param name="lengths">[B], or empty.</param>
    /// <param name="after">[B, N] overwritten.</param>
    /// <param name="y">[B, N] overwritten, zero where the sample does not run; or empty.</param>
    /// <param name="mask">[B, N] or empty.</param>
    /// <param name="masked">[B, N] overwritten with the state times the mask; or empty.</param>
    /// <param name="time">Of the step.</param>
    /// <param name="N">Size of the state.</param>
    /// <param name="rate">How much stays, where there is no mask.</param>
    public static void Mix(
        Index1D place, ArrayView<float> before, ArrayView<float> fresh, ArrayView<byte> zone, ArrayView<int> lengths,
        ArrayView<float> after, ArrayView<float> y, ArrayView<float> mask, ArrayView<float> masked, int time, int N,
            float rate)
    {
        bool runs = Runs(lengths, place / N, time);
        float value = before[place];
        if (runs)
        {
            float stay = zone.Length > 0 ? zone[place] : rate;
            value = stay * value + (1 - stay) * fresh[place];
        }
        after[place] = value;
        if (y.Length > 0)
            y[place] = runs ? value : 0;
        if (masked.Length > 0)
            masked[place] = value * mask[place];
    }

    /// <summary>From a state's gradient that of the fresh one, and what goes straight to the state before.</summary>
    /// <param name="place">In the state.</param>
    /// <param name="d">[B, N] in: of the state after the step; out: of the one before.</param>
    /// <param name="dY">[B, N] added to the former where the sample runs; or empty.</param>
    /// <param name="zone">[B, N] 1 where the state stays; empty: all stay at the rate.</param>
    /// <param name="lengths">[B], or empty.</param>
    /// <param name="dFresh">[B, N] overwritten.</param>
    /// <param name="time">Of the step.</param>
    /// <param name="N">Size of the state.</param>
    /// <param name="rate">How much stays, where there is no mask.</param>
    public static void MixBack(
        Index1D place, ArrayView<float> d, ArrayView<float> dY, ArrayView<byte> zone, ArrayView<int> lengths,
        ArrayView<float> dFresh, int time, int N, float rate)
    {
        float gradient = d[place], fresh = 0;
        if (Runs(lengths, place / N, time))
        {
            if (dY.Length > 0)
                gradient += dY[place];
            float stay = zone.Length > 0 ? zone[place] : rate;
            fresh = (1 - stay) * gradient;
            gradient = stay * gradient;
        }
        d[place] = gradient;
        dFresh[place] = fresh;
    }

    /// <summary>sum += mask values. </summary>
    /// <param name="i">Place.</param>
    /// <param name="values">[n].</param>
    /// <param name="mask">[n], or empty: 1.</param>
    /// <param name="sum">[n].</param>
    public static void AddMasked(Index1D i, ArrayView<float> values, ArrayView<float> mask, ArrayView<float> sum) =>
        sum[i] += mask.Length > 0 ? values[i] * mask[i] : values[i];
}
