namespace GpuLstm.Kernels.Gpu;

public static partial class LstmRows
{
    /// <summary>Backward through all steps.</summary>
    /// <param name="gates">[T, B, 4H] in: activated; out: gradients of the pre-activations.</param>
    /// <param name="weights">Backward's from <see cref="Pack"/>.</param>
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
    [Kernel(NoAlias = true, Targets = KernelTargets.OpenCl)]
    public static void Backward(
        ArrayView<float> gates, ArrayView<float> weights, ArrayView<float> cells, ArrayView<float> c0,
        ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dCLast, ArrayView<float> dH0,
        ArrayView<float> dC0, int T, int B, int reverse,
        [DefaultValue(64)] SpecializedValue<int> H, [DefaultValue(16)] SpecializedValue<int> tileB)
    {
        ArrayView<float> dH = SharedMemory.Allocate<float>(tileB * H); // [sample, unit]
        ArrayView<float> dC = SharedMemory.Allocate<float>(tileB * H);
        ArrayView<float> earlier = LocalMemory.Allocate<float>(Units); // cells before the step
        ArrayView<float> dOutput = LocalMemory.Allocate<float>(Units);
        int first = Grid.IdxX * tileB, count = XMath.Min(tileB, B - first);
        Start(dHLast, first, count, dH, H);
        Start(dCLast, first, count, dC, H);
        for (int step = T - 1; step >= 0; step--)
        {
            int t = reverse != 0 ? T - 1 - step : step;
            long rows = (long)t * B + first, before = reverse != 0 ? rows + B : rows - B;
            for (int s = 0; s < count; s++)
                for (int unit = 0; unit < H; unit += Units)
                {
                    if (step > 0)
                        Take(cells.SubView((before + s) * H), earlier, unit, H);
                    else
                        Take(c0.SubView(c0.Length > 0 ? (long)(first + s) * H : 0), earlier, unit, H);
                    Take(dY.SubView(dY.Length > 0 ? (rows + s) * H : 0), dOutput, unit, H);
                    Differentiate(gates.SubView((rows + s) * 4 * H), cells.SubView((rows + s) * H), earlier, dOutput,
                        dH.SubView(s * H), dC.SubView(s * H), unit, H);
                }
            Return(gates.SubView(rows * 4 * H), weights, dH, count, H);
        }
        Finish(dH, first, count, dH0, H);
        Finish(dC, first, count, dC0, H);
    }

    /// <summary>Eight values of a row from <paramref name="unit"/>; zero beyond the row, and all of an empty
    /// one.</summary>
    private static void Take(ArrayView<float> row, ArrayView<float> values, int unit, SpecializedValue<int> H)
    {
        for (int u = 0; u < Units; u++)
            values[u] = 0;
        if (row.Length > 0)
            for (int u = 0; u < XMath.Min(Units, H - unit); u++)
                values[u] = row[unit + u];
    }

    /// <summary>The pointwise part of one sample and eight units from <paramref name="unit"/>; the loops are apart as
    /// in
    /// <see cref="Activate"/>.</summary>
    /// <param name="gates">The sample's row [4H]: activated, then gradients.</param>
    /// <param name="cells">The sample's row.</param>
    /// <param name="earlier">[Units] the cells before.</param>
    /// <param name="dOutput">[Units] gradient of y; spoilt.</param>
    /// <param name="dH">The sample's row: gradient of h from the step after.</param>
    /// <param name="dC">The sample's row: gradient of c from the step after, then for the step before.</param>
    /// <param name="unit">The first.</param>
    /// <param name="H">Hidden size.</param>
    private static void Differentiate(
        ArrayView<float> gates, ArrayView<float> cells, ArrayView<float> earlier, ArrayView<float> dOutput,
        ArrayView<float> dH, ArrayView<float> dC, int unit, SpecializedValue<int> H)
    {
        ArrayView<float> four = LocalMemory.Allocate<float>(4 * Units); // [gate, unit]
        ArrayView<float> cell = LocalMemory.Allocate<float>(Units);
        ArrayView<float> dCell = LocalMemory.Allocate<float>(Units);
        int width = XMath.Min(Units, H - unit);
        for (int i = 0; i < 4 * Units; i++)
            four[i] = 0;
        for (int gate = 0; gate < 4; gate++)
            for (int u = 0; u < width; u++)
                four[gate * Units + u] = gates[gate * H + unit + u];
        Take(cells, cell, unit, H);
        for (int u = 0; u < Units; u++)
            dCell[u] = 0;
        for (int u = 0; u < width; u++)
        {
            dOutput[u] += dH[unit + u];
            dCell[u] = dC[unit + u];
        }
        for (int u = 0; u < Units; u++)
        {
            Float4 active = new(four[u], four[Units + u], four[2 * Units + u], four[3 * Units + u]);
            float gradient = LstmCell.CellGradient(active, cell[u], dOutput[u], dCell[u]);
            Float4 gradients = LstmCell.GateGradients(active, cell[u], earlier[u], dOutput[u], gradient);
            dCell[u] = gradient * active.Y;
            four[u] = gradients.X;
            four[Units + u] = gradients.Y;
            four[2 * Units + u] = gradients.Z;
            four[3 * Units + u] = gradients.W;
        }
        for (int gate = 0; gate < 4; gate++)
            for (int u = 0; u < width; u++)
                gates[gate * H + unit + u] = four[gate * Units + u];
        for (int u = 0; u < width; u++)
            dC[unit + u] = dCell[u];
    }

    /// <summary>dH [count, H] = the gates' gradients [count, 4H] times the recurrent weights.</summary>
    private static void Return(
        ArrayView<float> gates, ArrayView<float> weights, ArrayView<float> dH, int count, SpecializedValue<int> H)
    {
        ArrayView<float> sums = LocalMemory.Allocate<float>(RowPanel.Rows * RowPanel.Width);
        for (int k = 0; k < H; k += RowPanel.Width)
            for (int s = 0; s < count; s += RowPanel.Rows)
            {
                RowPanel.Clear(sums);
                RowPanel.Multiply(gates, s, count - 1, 4 * H, 1, weights.SubView((long)k * 4 * H), sums, 4 * H);
                for (int row = 0; row < XMath.Min(RowPanel.Rows, count - s); row++)
                    for (int column = 0; column < XMath.Min(RowPanel.Width, H - k); column++)
                        dH[(s + row) * H + k + column] = sums[row * RowPanel.Width + column];
            }
    }

    /// <summary>Hands on the group's rows of a gradient [B, H], where they are asked for.</summary>
    private static void Finish(
        ArrayView<float> values, int first, int count, ArrayView<float> target, SpecializedValue<int> H)
    {
        if (target.Length > 0)
            for (int i = 0; i < count * H; i++)
                target[(long)first * H + i] = values[i];
    }
}
