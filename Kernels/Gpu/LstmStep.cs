namespace GpuLstm.Kernels.Gpu;

/// <summary>One time step of an LSTM layer, the recurrent product fused with the gates, for any H: a group computes
/// <see cref="TileB"/> samples of <see cref="TileU"/> units. Pre-activations never travel: the gates are stored once,
/// activated, and overwritten in place by their gradients.</summary>
public static class LstmStep
{
    /// <summary>Samples and units of a group; a group has (TileU, TileB / BlockB) items.</summary>
    public const int TileB = 32, TileU = 16;

    /// <summary>Samples of one item.</summary>
    public const int BlockB = GateSums.Samples;

    /// <summary>Summands at a time.</summary>
    internal const int TileK = 16;

    private const int Items = TileU * TileB / BlockB;

    /// <summary>Forward. Groups: (ceil(H / TileU), ceil(B / TileB)).</summary>
    /// <param name="gates">[B, 4H] in: x's part and the bias; out: activated i, f, g, o.</param>
    /// <param name="weights">[4H, H] recurrent.</param>
    /// <param name="before">[B, H] h of the step before; empty: zero.</param>
    /// <param name="cellBefore">[B, H] c of the step before; empty: zero.</param>
    /// <param name="y">[B, H] overwritten.</param>
    /// <param name="cell">[B, H] overwritten.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size.</param>
    public static void Forward(
        ArrayView<float> gates, ArrayView<float> weights, ArrayView<float> before, ArrayView<float> cellBefore,
        ArrayView<float> y, ArrayView<float> cell, int B, int H)
    {
        GateSums sums = Recur(before, weights, B, H);
        int sample = FirstSample(), unit = Unit();
        Finish(gates, cellBefore, y, cell, sample, unit, B, H, sums.First);
        Finish(gates, cellBefore, y, cell, sample + 1, unit, B, H, sums.Second);
        Finish(gates, cellBefore, y, cell, sample + 2, unit, B, H, sums.Third);
        Finish(gates, cellBefore, y, cell, sample + 3, unit, B, H, sums.Fourth);
    }

    private static void Finish(
        ArrayView<float> gates, ArrayView<float> cellBefore, ArrayView<float> y, ArrayView<float> cell, int sample,
        int unit, int B, int H, Float4 sum)
    {
        if (sample >= B || unit >= H)
            return;
        long place = (long)sample * H + unit, row = (long)sample * 4 * H;
        Float4 active = LstmCell.Activate(sum + LstmCell.Read(gates, row, unit, H));
        float c = LstmCell.Cell(active, LstmCell.Given(cellBefore, place, inside: true));
        LstmCell.Write(gates, row, unit, H, active);
        cell[place] = c;
        y[place] = active.W * LstmCell.Tanh(c);
    }

    /// <summary>Backward through one step. Groups as forward.</summary>
    /// <param name="gates">[B, 4H] in: activated; out: gradients of the pre-activations.</param>
    /// <param name="next">[B, 4H] the same of the step after, already gradients; empty at the last step.</param>
    /// <param name="weights">[4H, H] recurrent.</param>
    /// <param name="cell">[B, H] this step's c.</param>
    /// <param name="cellBefore">[B, H] c of the step before; empty: zero.</param>
    /// <param name="dY">[B, H] gradient of this step's output; empty: zero.</param>
    /// <param name="dH">[B, H] gradient of the last h, only at the last step; empty: zero.</param>
    /// <param name="dC">[B, H] in: gradient of c from the step after; out: of c of the step before.</param>
    /// <param name="B">Batch.</param>
    /// <param name="H">Hidden size.</param>
    public static void Backward(
        ArrayView<float> gates, ArrayView<float> next, ArrayView<float> weights, ArrayView<float> cell,
        ArrayView<float> cellBefore, ArrayView<float> dY, ArrayView<float> dH, ArrayView<float> dC, int B, int H)
    {
        Float4 sums = Return(next, weights, B, H);
        int sample = FirstSample(), unit = Unit();
        FinishBack(gates, cell, cellBefore, dY, dH, dC, sample, unit, B, H, sums.X);
        FinishBack(gates, cell, cellBefore, dY, dH, dC, sample + 1, unit, B, H, sums.Y);
        FinishBack(gates, cell, cellBefore, dY, dH, dC, sample + 2, unit, B, H, sums.Z);
        FinishBack(gates, cell, cellBefore, dY, dH, dC, sample + 3, unit, B, H, sums.W);
    }

    private static void FinishBack(
        ArrayView<float> gates, ArrayView<float> cell, ArrayView<float> cellBefore, ArrayView<float> dY,
        ArrayView<float> dH, ArrayView<float> dC, int sample, int unit, int B, int H, float sum)
    {
        if (sample >= B || unit >= H)
            return;
        long place = (long)sample * H + unit, row = (long)sample * 4 * H;
        float dOutput = sum + LstmCell.Given(dY, place, inside: true) + LstmCell.Given(dH, place, inside: true);
        Float4 active = LstmCell.Read(gates, row, unit, H);
        float tanh = LstmCell.Tanh(cell[place]), earlier = LstmCell.Given(cellBefore, place, inside: true);
        float dCell = LstmCell.CellGradient(active, tanh, dOutput, dC[place]);
        LstmCell.Write(gates, row, unit, H, LstmCell.GateGradients(active, tanh, earlier, dOutput, dCell));
        dC[place] = dCell * active.Y;
    }

    /// <summary>The first of the item's samples.</summary>
    internal static int FirstSample() => Grid.IdxY * TileB + Group.IdxY * BlockB;

    /// <summary>The item's unit.</summary>
    internal static int Unit() => Grid.IdxX * TileU + Group.IdxX;

    /// <summary>The recurrent weights of the item's unit times h of its samples, [B, H] or empty.</summary>
    internal static GateSums Recur(ArrayView<float> before, ArrayView<float> weights, int B, int H)
    {
        ArrayView<Float4> samples = SharedMemory.Allocate<Float4>(TileK * TileB / 4); // [k, sample / 4]
        ArrayView<Float4> units = SharedMemory.Allocate<Float4>(TileK * TileU);       // [k, unit] of four gates
        ArrayView<float> pieceH = samples.Cast<float>(), pieceW = units.Cast<float>();
        int firstUnit = Grid.IdxX * TileU, item = Group.IdxY * TileU + Group.IdxX;
        int products = before.Length > 0 ? H : 0;
        GateSums sums = default;
        for (int k = 0; k < products; k += TileK)
        {
            LoadSamples(before, B, k, H, pieceH, item);
            for (int element = item; element < TileK * TileU * 4; element += Items)
            {
                int inner = element % TileK, gate = element / TileK / TileU, unit = element / TileK % TileU;
                float weight = 0;
                if (k + inner < H && firstUnit + unit < H)
                    weight = weights[((long)gate * H + firstUnit + unit) * H + k + inner];
                pieceW[(inner * TileU + unit) * 4 + gate] = weight;
            }
            Sync.Barrier();
            for (int inner = 0; inner < TileK; inner++)
                GateSums.MultiplyAdd(
                    ref sums, units[inner * TileU + Group.IdxX], samples[inner * (TileB / 4) + Group.IdxY]);
            Sync.Barrier();
        }
        return sums;
    }

    /// <summary>The gates' gradients of the item's samples, [B, 4H] or empty, times the weights on its unit.</summary>
    internal static Float4 Return(ArrayView<float> next, ArrayView<float> weights, int B, int H)
    {
        ArrayView<Float4> samples = SharedMemory.Allocate<Float4>(TileK * TileB / 4); // [k, sample / 4]
        ArrayView<float> pieceW = SharedMemory.Allocate<float>(TileK * TileU);        // [k, unit]
        ArrayView<float> pieceG = samples.Cast<float>();
        int firstUnit = Grid.IdxX * TileU, item = Group.IdxY * TileU + Group.IdxX;
        int products = next.Length > 0 ? 4 * H : 0;
        Float4 sums = default;
        for (int k = 0; k < products; k += TileK)
        {
            LoadSamples(next, B, k, 4 * H, pieceG, item);
            for (int element = item; element < TileK * TileU; element += Items)
            {
                int inner = element / TileU, unit = element % TileU;
                float weight = 0;
                if (k + inner < 4 * H && firstUnit + unit < H)
                    weight = weights[(long)(k + inner) * H + firstUnit + unit];
                pieceW[element] = weight;
            }
            Sync.Barrier();
            for (int inner = 0; inner < TileK; inner++)
                sums = samples[inner * (TileB / 4) + Group.IdxY] * pieceW[inner * TileU + Group.IdxX] + sums;
            Sync.Barrier();
        }
        return sums;
    }

    /// <summary>Brings the group's rows of [B, width] as piece [TileK, TileB]; zero outside.</summary>
    private static void LoadSamples(
        ArrayView<float> rows, int B, int k, int width, ArrayView<float> piece, int item)
    {
        int firstSample = Grid.IdxY * TileB;
        for (int element = item; element < TileK * TileB; element += Items)
        {
            int inner = element % TileK, sample = element / TileK;
            float value = 0;
            if (k + inner < width && firstSample + sample < B)
                value = rows[(long)(firstSample + sample) * width + k + inner];
            piece[inner * TileB + sample] = value;
        }
    }
}
