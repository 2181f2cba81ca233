namespace GpuLstm.Kernels.Gpu;

/// <summary>One time step of an LSTM layer, the recurrent product fused with the gates, for any H: a group computes
/// <see cref="TileB"/> samples of <see cref="TileU"/> units. Pre-activations never travel: the gates are stored once,
/// activated, and overwritten in place by their gradients.</summary>
public static partial class LstmStep
{
    /// <summary>Samples and units of a group; a group has (TileU, TileB / BlockB) items.</summary>
    public const int TileB = 32, TileU = 16;

    /// <summary>Samples of one item.</summary>
    public const int BlockB = 4;

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
    [Kernel(NoAlias = true)]
    public static void Forward(
        ArrayView<float> gates, ArrayView<float> weights, ArrayView<float> before, ArrayView<float> cellBefore,
        ArrayView<float> y, ArrayView<float> cell, int B, int H)
    {
        ArrayView<float> pieceH = SharedMemory.Allocate<float>(TileK * TileB);       // [k, sample]
        ArrayView<float> pieceW = SharedMemory.Allocate<float>(TileK * TileU * 4);   // [k, unit, gate]
        ArrayView<Float4> sums = LocalMemory.Allocate<Float4>(BlockB);
        for (int s = 0; s < Loop.Unroll(BlockB); s++)
            sums[s] = default;
        Recur(before, weights, pieceH, pieceW, sums, B, H);
        int firstSample = Grid.IdxY * TileB, column = Grid.IdxX * TileU + Group.IdxX;
        for (int s = 0; s < Loop.Unroll(BlockB); s++)
        {
            int sample = firstSample + Group.IdxY * BlockB + s;
            if (sample < B && column < H)
            {
                Float4 active = LstmCell.Activate(sums[s] + LstmCell.Read(gates, (long)sample * 4 * H, column, H));
                long place = (long)sample * H + column;
                float c = LstmCell.Cell(active, cellBefore.Length > 0 ? cellBefore[place] : 0);
                LstmCell.Write(gates, (long)sample * 4 * H, column, H, active);
                cell[place] = c;
                y[place] = active.W * XMath.Tanh(c);
            }
        }
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
    [Kernel(NoAlias = true)]
    public static void Backward(
        ArrayView<float> gates, ArrayView<float> next, ArrayView<float> weights, ArrayView<float> cell,
        ArrayView<float> cellBefore, ArrayView<float> dY, ArrayView<float> dH, ArrayView<float> dC, int B, int H)
    {
        ArrayView<float> pieceG = SharedMemory.Allocate<float>(TileK * TileB); // [k, sample]
        ArrayView<float> pieceW = SharedMemory.Allocate<float>(TileK * TileU); // [k, unit]
        ArrayView<float> sums = LocalMemory.Allocate<float>(BlockB);
        for (int s = 0; s < Loop.Unroll(BlockB); s++)
            sums[s] = 0;
        Return(next, weights, pieceG, pieceW, sums, B, H);
        int firstSample = Grid.IdxY * TileB, column = Grid.IdxX * TileU + Group.IdxX;
        for (int s = 0; s < Loop.Unroll(BlockB); s++)
        {
            int sample = firstSample + Group.IdxY * BlockB + s;
            if (sample < B && column < H)
            {
                long place = (long)sample * H + column, row = (long)sample * 4 * H;
                float dOutput = sums[s] + (dY.Length > 0 ? dY[place] : 0) + (dH.Length > 0 ? dH[place] : 0);
                Float4 active = LstmCell.Read(gates, row, column, H);
                float earlier = cellBefore.Length > 0 ? cellBefore[place] : 0;
                float dCell = LstmCell.CellGradient(active, cell[place], dOutput, dC[place]);
                LstmCell.Write(gates, row, column, H,
                    LstmCell.GateGradients(active, cell[place], earlier, dOutput, dCell));
                dC[place] = dCell * active.Y;
            }
        }
    }

    /// <summary>sums += the recurrent weights of the item's unit times h of its samples.</summary>
    internal static void Recur(
        ArrayView<float> before, ArrayView<float> weights, ArrayView<float> pieceH, ArrayView<float> pieceW,
        ArrayView<Float4> sums, int B, int H)
    {
        int firstSample = Grid.IdxY * TileB, firstUnit = Grid.IdxX * TileU;
        int item = Group.IdxY * TileU + Group.IdxX;
        int products = before.Length > 0 ? H : 0;
        ArrayView<Float4> units = pieceW.Cast<Float4>();
        for (int k = 0; k < products; k += TileK)
        {
            LoadSamples(before, firstSample, B, k, H, pieceH, item);
            for (int element = item; element < TileK * TileU * 4; element += Items)
            {
                int inner = element % TileK, gate = element / TileK / TileU, unit = element / TileK % TileU;
                float weight = 0;
                if (k + inner < H && firstUnit + unit < H)
                    weight = weights[((long)gate * H + firstUnit + unit) * H + k + inner];
                pieceW[(inner * TileU + unit) * 4 + gate] = weight;
            }
            Group.Barrier();
            for (int inner = 0; inner < Loop.Unroll(TileK); inner++)
                for (int s = 0; s < Loop.Unroll(BlockB); s++)
                    sums[s] = Fused.MultiplyAdd(
                        units[inner * TileU + Group.IdxX], pieceH[inner * TileB + Group.IdxY * BlockB + s], sums[s]);
            Group.Barrier();
        }
    }

    /// <summary>sums += the gates' gradients of the item's samples times the weights on its unit.</summary>
    internal static void Return(
        ArrayView<float> next, ArrayView<float> weights, ArrayView<float> pieceG, ArrayView<float> pieceW,
        ArrayView<float> sums, int B, int H)
    {
        int firstSample = Grid.IdxY * TileB, firstUnit = Grid.IdxX * TileU;
        int item = Group.IdxY * TileU + Group.IdxX;
        int products = next.Length > 0 ? 4 * H : 0;
        for (int k = 0; k < products; k += TileK)
        {
            LoadSamples(next, firstSample, B, k, 4 * H, pieceG, item);
            for (int element = item; element < TileK * TileU; element += Items)
            {
                int inner = element / TileU, unit = element % TileU;
                float weight = 0;
                if (k + inner < 4 * H && firstUnit + unit < H)
                    weight = weights[(long)(k + inner) * H + firstUnit + unit];
                pieceW[inner * TileU + unit] = weight;
            }
            Group.Barrier();
            for (int inner = 0; inner < Loop.Unroll(TileK); inner++)
                for (int s = 0; s < Loop.Unroll(BlockB); s++)
                    sums[s] = Fused.MultiplyAdd(
                        pieceW[inner * TileU + Group.IdxX], pieceG[inner * TileB + Group.IdxY * BlockB + s], sums[s]);
            Group.Barrier();
        }
    }

    /// <summary>Brings rows of samples [B, width] as piece [TileK, TileB]; zero outside.</summary>
    private static void LoadSamples(
        ArrayView<float> rows, int firstSample, int B, int k, int width, ArrayView<float> piece, int item)
    {
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
