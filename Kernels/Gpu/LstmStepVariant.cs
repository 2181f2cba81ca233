namespace GpuLstm.Kernels.Gpu;

/// <summary><see cref="LstmStep"/> with zoneout (Krueger et al. 2017, section 3.2), recurrent dropout (Gal and
/// Ghahramani 2016) and sequences of several lengths. A sample does not run at times beyond its length: it hands its
/// states on.</summary>
/// <remarks>Groups as those of <see cref="LstmStep"/>.</remarks>
public static class LstmStepVariant
{
    /// <summary>Forward.</summary>
    /// <param name="gates">[B, 4H] in: x's part and the bias; out: activated i, f, g, o, zero where the sample does not
    /// run.</param>
    /// <param name="weights">[4H, H] recurrent.</param>
    /// <param name="operand">[B, H] h of the step before as the product takes it: masked.</param>
    /// <param name="hBefore">[B, H] the same not masked.</param>
    /// <param name="cBefore">[B, H].</param>
    /// <param name="zoneH">[B, H] 1 where h stays; empty: all stays at the rate.</param>
    /// <param name="zoneC">[B, H] the same of c.</param>
    /// <param name="lengths">[B], or empty.</param>
    /// <param name="mask">[B, H], or empty.</param>
    /// <param name="cell">[B, H] overwritten with f c' + i g.</param>
    /// <param name="hAfter">[B, H] overwritten.</param>
    /// <param name="cAfter">[B, H] overwritten.</param>
    /// <param name="y">[B, H] overwritten, zero where the sample does not run.</param>
    /// <param name="masked">[B, H] overwritten with h times the mask; or empty.</param>
    /// <param name="time">Of the step.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="stayH">How much of h stays, without a mask.</param>
    /// <param name="stayC">How much of c stays, without a mask.</param>
    public static void Forward(
        ArrayView<float> gates, ArrayView<float> weights, ArrayView<float> operand, ArrayView<float> hBefore,
        ArrayView<float> cBefore, ArrayView<byte> zoneH, ArrayView<byte> zoneC, ArrayView<int> lengths,
        ArrayView<float> mask, ArrayView<float> cell, ArrayView<float> hAfter, ArrayView<float> cAfter,
        ArrayView<float> y, ArrayView<float> masked, int time, int B, int H, float stayH, float stayC)
    {
        GateSums sums = LstmStep.Recur(operand, weights, B, H);
        int sample = LstmStep.FirstSample(), unit = LstmStep.Unit();
        Finish(gates, hBefore, cBefore, zoneH, zoneC, lengths, mask, cell, hAfter, cAfter, y, masked, time, sample,
            unit, B, H, stayH, stayC, sums.First);
        Finish(gates, hBefore, cBefore, zoneH, zoneC, lengths, mask, cell, hAfter, cAfter, y, masked, time, sample + 1,
            unit, B, H, stayH, stayC, sums.Second);
        Finish(gates, hBefore, cBefore, zoneH, zoneC, lengths, mask, cell, hAfter, cAfter, y, masked, time, sample + 2,
            unit, B, H, stayH, stayC, sums.Third);
        Finish(gates, hBefore, cBefore, zoneH, zoneC, lengths, mask, cell, hAfter, cAfter, y, masked, time, sample + 3,
            unit, B, H, stayH, stayC, sums.Fourth);
    }

    private static void Finish(
        ArrayView<float> gates, ArrayView<float> hBefore, ArrayView<float> cBefore, ArrayView<byte> zoneH,
        ArrayView<byte> zoneC, ArrayView<int> lengths, ArrayView<float> mask, ArrayView<float> cell,
        ArrayView<float> hAfter, ArrayView<float> cAfter, ArrayView<float> y, ArrayView<float> masked, int time,
        int sample, int unit, int B, int H, float stayH, float stayC, Float4 sum)
    {
        if (sample >= B || unit >= H)
            return;
        long place = (long)sample * H + unit, row = (long)sample * 4 * H;
        bool runs = lengths.Length == 0 || time < lengths[sample];
        float c = cBefore[place], h = hBefore[place], fresh = c;
        Float4 active = default;
        if (runs)
        {
            active = LstmCell.Activate(sum + LstmCell.Read(gates, row, unit, H));
            fresh = LstmCell.Cell(active, c);
            c = Stay(zoneC, place, stayC, c, fresh);
            h = Stay(zoneH, place, stayH, h, active.W * LstmCell.Tanh(fresh));
        }
        LstmCell.Write(gates, row, unit, H, active);
        cell[place] = fresh;
        cAfter[place] = c;
        hAfter[place] = h;
        y[place] = runs ? h : 0;
        if (masked.Length > 0)
            masked[place] = h * mask[place];
    }

    /// <summary>Backward through one step.</summary>
    /// <param name="gates">[B, 4H] in: activated; out: gradients of the pre-activations.</param>
    /// <param name="next">[B, 4H] the same of the step after, already gradients; empty at the last step.</param>
    /// <param name="weights">[4H, H] recurrent.</param>
    /// <param name="cell">[B, H] f c' + i g.</param>
    /// <param name="cBefore">[B, H].</param>
    /// <param name="dY">[B, H], or empty: zero.</param>
    /// <param name="zoneH">[B, H] 1 where h stays; empty: all stays at the rate.</param>
    /// <param name="zoneC">[B, H] the same of c.</param>
    /// <param name="lengths">[B], or empty.</param>
    /// <param name="mask">[B, H], or empty.</param>
    /// <param name="dH">[B, H] in: gradient of h but through the step after's gates; out: of the step before's,
    /// likewise.</param>
    /// <param name="dC">[B, H] in: gradient of c; out: of the step before's.</param>
    /// <param name="time">Of the step.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="stayH">How much of h stays, without a mask.</param>
    /// <param name="stayC">How much of c stays, without a mask.</param>
    public static void Backward(
        ArrayView<float> gates, ArrayView<float> next, ArrayView<float> weights, ArrayView<float> cell,
        ArrayView<float> cBefore, ArrayView<float> dY, ArrayView<byte> zoneH, ArrayView<byte> zoneC,
        ArrayView<int> lengths, ArrayView<float> mask, ArrayView<float> dH, ArrayView<float> dC, int time, int B, int H,
        float stayH, float stayC)
    {
        Float4 sums = LstmStep.Return(next, weights, B, H);
        int sample = LstmStep.FirstSample(), unit = LstmStep.Unit();
        FinishBack(gates, cell, cBefore, dY, zoneH, zoneC, lengths, mask, dH, dC, time, sample, unit, B, H, stayH,
            stayC, sums.X);
        FinishBack(gates, cell, cBefore, dY, zoneH, zoneC, lengths, mask, dH, dC, time, sample + 1, unit, B, H, stayH,
            stayC, sums.Y);
        FinishBack(gates, cell, cBefore, dY, zoneH, zoneC, lengths, mask, dH, dC, time, sample + 2, unit, B, H, stayH,
            stayC, sums.Z);
        FinishBack(gates, cell, cBefore, dY, zoneH, zoneC, lengths, mask, dH, dC, time, sample + 3, unit, B, H, stayH,
            stayC, sums.W);
    }

    private static void FinishBack(
        ArrayView<float> gates, ArrayView<float> cell, ArrayView<float> cBefore, ArrayView<float> dY,
        ArrayView<byte> zoneH, ArrayView<byte> zoneC, ArrayView<int> lengths, ArrayView<float> mask,
        ArrayView<float> dH, ArrayView<float> dC, int time, int sample, int unit, int B, int H, float stayH,
        float stayC, float sum)
    {
        if (sample >= B || unit >= H)
            return;
        long place = (long)sample * H + unit, row = (long)sample * 4 * H;
        float d = dH[place] + (mask.Length > 0 ? mask[place] * sum : sum), dCell = dC[place];
        Float4 gradients = default;
        if (lengths.Length == 0 || time < lengths[sample])
        {
            d += LstmCell.Given(dY, place, inside: true);
            float share = zoneH.Length > 0 ? zoneH[place] : stayH, fresh = (1 - share) * d;
            float cellShare = zoneC.Length > 0 ? zoneC[place] : stayC;
            Float4 active = LstmCell.Read(gates, row, unit, H);
            float tanh = LstmCell.Tanh(cell[place]);
            float dFresh = LstmCell.CellGradient(active, tanh, fresh, (1 - cellShare) * dCell);
            gradients = LstmCell.GateGradients(active, tanh, cBefore[place], fresh, dFresh);
            d = share * d;
            dCell = dFresh * active.Y + cellShare * dCell;
        }
        LstmCell.Write(gates, row, unit, H, gradients);
        dH[place] = d;
        dC[place] = dCell;
    }

    /// <summary>Zoneout's mixture of the state before and the fresh one.</summary>
    private static float Stay(ArrayView<byte> zone, long place, float rate, float before, float fresh)
    {
        float share = zone.Length > 0 ? zone[place] : rate;
        return share * before + (1 - share) * fresh;
    }
}
