namespace GpuLstm.Kernels.Gpu;

/// <summary><see cref="LstmStep"/> with zoneout (Krueger et al. 2017, section 3.2), recurrent dropout (Gal and
/// Ghahramani 2016) and sequences of several lengths. A sample does not run at times beyond its length: it hands its
/// states on.</summary>
/// <remarks>Groups as those of <see cref="LstmStep"/>.</remarks>
public static partial class LstmStepVariant
{
    private const int TileB = LstmStep.TileB, TileU = LstmStep.TileU, BlockB = LstmStep.BlockB, TileK = LstmStep.TileK;

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
    [Kernel(NoAlias = true)]
    public static void Forward(
        ArrayView<float> gates, ArrayView<float> weights, ArrayView<float> operand, ArrayView<float> hBefore,
        ArrayView<float> cBefore, ArrayView<byte> zoneH, ArrayView<byte> zoneC, ArrayView<int> lengths,
            ArrayView<float> mask,
        ArrayView<float> cell, ArrayView<float> hAfter, ArrayView<float> cAfter, ArrayView<float> y,
            ArrayView<float> masked,
        int time, int B, int H, float stayH, float stayC)
    {
        ArrayView<float> pieceH = SharedMemory.Allocate<float>(TileK * TileB);
        ArrayView<float> pieceW = SharedMemory.Allocate<float>(TileK * TileU * 4);
        ArrayView<Float4> sums = LocalMemory.Allocate<Float4>(BlockB);
        for (int s = 0; s < Loop.Unroll(BlockB); s++)
            sums[s] = default;
        LstmStep.Recur(operand, weights, pieceH, pieceW, sums, B, H);
        int unit = Grid.IdxX * TileU + Group.IdxX;
        for (int s = 0; s < Loop.Unroll(BlockB); s++)
        {
            int sample = Grid.IdxY * TileB + Group.IdxY * BlockB + s;
            if (sample < B && unit < H)
            {
                long place = (long)sample * H + unit, row = (long)sample * 4 * H;
                bool runs = lengths.Length == 0 || time < lengths[sample];
                float c = cBefore[place], h = hBefore[place], fresh = c;
                Float4 active = default;
                if (runs)
                {
                    active = LstmCell.Activate(sums[s] + LstmCell.Read(gates, row, unit, H));
                    fresh = LstmCell.Cell(active, c);
                    c = Stay(zoneC, place, stayC, c, fresh);
                    h = Stay(zoneH, place, stayH, h, active.W * XMath.Tanh(fresh));
                }
                LstmCell.Write(gates, row, unit, H, active);
                cell[place] = fresh;
                cAfter[place] = c;
                hAfter[place] = h;
                y[place] = runs ? h : 0;
                if (masked.Length > 0)
                    masked[place] = h * mask[place];
            }
        }
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
    [Kernel(NoAlias = true)]
    public static void Backward(
        ArrayView<float> gates, ArrayView<float> next, ArrayView<float> weights, ArrayView<float> cell,
            ArrayView<float> cBefore,
        ArrayView<float> dY, ArrayView<byte> zoneH, ArrayView<byte> zoneC, ArrayView<int> lengths,
            ArrayView<float> mask,
        ArrayView<float> dH, ArrayView<float> dC, int time, int B, int H, float stayH, float stayC)
    {
        ArrayView<float> pieceG = SharedMemory.Allocate<float>(TileK * TileB);
        ArrayView<float> pieceW = SharedMemory.Allocate<float>(TileK * TileU);
        ArrayView<float> sums = LocalMemory.Allocate<float>(BlockB);
        for (int s = 0; s < Loop.Unroll(BlockB); s++)
            sums[s] = 0;
        LstmStep.Return(next, weights, pieceG, pieceW, sums, B, H);
        int unit = Grid.IdxX * TileU + Group.IdxX;
        for (int s = 0; s < Loop.Unroll(BlockB); s++)
        {
            int sample = Grid.IdxY * TileB + Group.IdxY * BlockB + s;
            if (sample < B && unit < H)
            {
                long place = (long)sample * H + unit, row = (long)sample * 4 * H;
                float d = dH[place] + (mask.Length > 0 ? mask[place] * sums[s] : sums[s]), dCell = dC[place];
                Float4 gradients = default;
                if (lengths.Length == 0 || time < lengths[sample])
                {
                    if (dY.Length > 0)
                        d += dY[place];
                    float share = zoneH.Length > 0 ? zoneH[place] : stayH, fresh = (1 - share) * d;
                    float cellShare = zoneC.Length > 0 ? zoneC[place] : stayC;
                    Float4 active = LstmCell.Read(gates, row, unit, H);
                    float dFresh = LstmCell.CellGradient(active, cell[place], fresh, (1 - cellShare) * dCell);
                    gradients = LstmCell.GateGradients(active, cell[place], cBefore[place], fresh, dFresh);
                    d = share * d;
                    dCell = Fused.MultiplyAdd(dFresh, active.Y, cellShare * dCell);
                }
                LstmCell.Write(gates, row, unit, H, gradients);
                dH[place] = d;
                dC[place] = dCell;
            }
        }
    }

    /// <summary>Zoneout's mixture of the state before and the fresh one.</summary>
    private static float Stay(ArrayView<byte> zone, long place, float rate, float before, float fresh)
    {
        float share = zone.Length > 0 ? zone[place] : rate;
        return share * before + (1 - share) * fresh;
    }
}
