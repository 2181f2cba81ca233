namespace GpuLstm.Kernels.Gpu;

/// <summary>Gathers a batch of images as <see cref="Gpu.Gather"/> does, each moved by its own
/// <see cref="AugmentationMap"/>: bilinear between pixels, 0 beyond the image.</summary>
public static class AugmentedGather
{
    /// <summary>Floats that <see cref="Draw"/> leaves for a sample: the affine map, then the control points.</summary>
    public const int DrawnFloats = Affine + 4 * AugmentationMap.ElasticBlocks;

    private const int Step = 0, Position = 1; // in the state
    private const int Affine = 4 * AugmentationMap.AffineBlocks;

    /// <summary>The random map of each sample of a batch, for <see cref="Gather"/>.</summary>
    /// <param name="i">b * parts + part: 0 for the affine one, 1 + block for those of the elastic one.</param>
    /// <param name="order">[N].</param>
    /// <param name="state">Training state, whose step and position count; or empty.</param>
    /// <param name="draws">[B, <see cref="DrawnFloats"/>], as many parts of each overwritten.</param>
    /// <param name="parts">Of each sample.</param>
    /// <param name="start">Of the batch in <paramref name="order"/>, before the position.</param>
    /// <param name="timeSteps">T.</param>
    /// <param name="inputSize">I.</param>
    /// <param name="seedLow">Lower half of the seed.</param>
    /// <param name="seedHigh">Upper half.</param>
    /// <param name="moveBy">Largest shift, pixels.</param>
    /// <param name="rotate">Degrees.</param>
    /// <param name="resize">Largest change of size.</param>
    /// <param name="shear">Pixels per row.</param>
    /// <param name="elastic">Pixels.</param>
    public static void Draw(
        Index1D i, ArrayView<int> order, ArrayView<int> state, ArrayView<float> draws, int parts, long start,
        int timeSteps, int inputSize, uint seedLow, uint seedHigh,
        float moveBy, float rotate, float resize, float shear, float elastic)
    {
        int sample = i / parts, part = i % parts;
        bool training = state.Length > 0;
        uint step = training ? (uint)state[Step] : 0;
        uint item = (uint)order[start + sample + (training ? state[Position] : 0)];
        ArrayView<float> drawn = draws.SubView((long)sample * DrawnFloats, DrawnFloats);
        if (part == 0)
        {
            (drawn[0], drawn[1], drawn[2], drawn[3], drawn[4], drawn[5]) = AugmentationMap.Affine(
                seedLow, seedHigh, step, item, timeSteps, inputSize, moveBy, rotate, resize, shear);
            return;
        }
        (uint word0, uint word1, uint word2, uint word3) = Philox.Next(
            seedLow, seedHigh, (uint)(AugmentationMap.AffineBlocks + part - 1), Augmentation.Stream, step, item);
        int place = Affine + 4 * (part - 1);
        drawn[place] = AugmentationMap.Signed(word0) * elastic;
        drawn[place + 1] = AugmentationMap.Signed(word1) * elastic;
        drawn[place + 2] = AugmentationMap.Signed(word2) * elastic;
        drawn[place + 3] = AugmentationMap.Signed(word3) * elastic;
    }

    /// <summary>The batch, after <see cref="Draw"/>; parameters as in <see cref="Gpu.Gather.Normalised"/>.</summary>
    /// <param name="place">In X.</param>
    /// <param name="draws">[B, <see cref="DrawnFloats"/>].</param>
    /// <param name="elastic">Whether control points were drawn: 1, else 0.</param>
    public static void Gather(
        Index1D place, ArrayView<byte> items, ArrayView<byte> itemLabels, ArrayView<int> order, ArrayView<int> state,
        ArrayView<float> draws, ArrayView<float> x, ArrayView<int> labels, long start, int batch, int timeSteps,
        int inputSize, int elastic, float scale, float shift)
    {
        int column = place % inputSize, sample = place / inputSize % batch, time = place / inputSize / batch;
        int item = order[start + sample + (state.Length > 0 ? state[Position] : 0)];
        ArrayView<byte> image = items.SubView((long)item * timeSteps * inputSize, (long)timeSteps * inputSize);
        ArrayView<float> drawn = draws.SubView((long)sample * DrawnFloats, DrawnFloats);
        float along = column - 0.5f * (inputSize - 1), down = time - 0.5f * (timeSteps - 1);
        float fromColumn = along * drawn[0] + drawn[1] * down + drawn[2];
        float fromRow = along * drawn[3] + drawn[4] * down + drawn[5];
        if (elastic != 0)
        {
            (float columnOffset, float rowOffset) = Displacement(drawn, column, time, inputSize, timeSteps);
            fromColumn += columnOffset;
            fromRow += rowOffset;
        }
        x[place] = Interpolated(image, fromColumn, fromRow, timeSteps, inputSize) * scale + shift;
        if (column == 0 && time == 0)
            labels[sample] = itemLabels[item];
    }

    /// <summary>The spline of the control points at a pixel.</summary>
    private static (float Column, float Row) Displacement(
        ArrayView<float> drawn, int i, int t, int inputSize, int timeSteps)
    {
        (int cellAlong, float insideAlong) = AugmentationMap.Place(i, inputSize);
        (int cellDown, float insideDown) = AugmentationMap.Place(t, timeSteps);
        (float along0, float along1, float along2, float along3) = AugmentationMap.Weights(insideAlong);
        (float down0, float down1, float down2, float down3) = AugmentationMap.Weights(insideDown);
        float column = 0, row = 0;
        for (int k = 0; k < 4; k++)
        {
            float weight = k == 0 ? down0 : k == 1 ? down1 : k == 2 ? down2 : down3;
            int place = Affine + (cellDown + k) * AugmentationMap.ControlRow + cellAlong;
            int across = place + AugmentationMap.AcrossRows;
            column += weight * (drawn[place] * along0 + drawn[place + 1] * along1
                + drawn[place + 2] * along2 + drawn[place + 3] * along3);
            row += weight * (drawn[across] * along0 + drawn[across + 1] * along1
                + drawn[across + 2] * along2 + drawn[across + 3] * along3);
        }
        return (column, row);
    }

    private static float Interpolated(ArrayView<byte> image, float column, float row, int timeSteps, int inputSize)
    {
        // One step beyond the image there are only zeros: clamped, a place far outside has a number too.
        column = XMath.Clamp(column, -1, inputSize);
        row = XMath.Clamp(row, -1, timeSteps);
        int left = (int)XMath.Floor(column), top = (int)XMath.Floor(row);
        float right = column - left, down = row - top;
        float above = Between(Pixel(image, top, left, timeSteps, inputSize),
            Pixel(image, top, left + 1, timeSteps, inputSize), right);
        float below = Between(Pixel(image, top + 1, left, timeSteps, inputSize),
            Pixel(image, top + 1, left + 1, timeSteps, inputSize), right);
        return Between(above, below, down);
    }

    private static float Between(float a, float b, float share) => share * (b - a) + a;

    private static float Pixel(ArrayView<byte> image, int row, int column, int timeSteps, int inputSize) =>
        row >= 0 && row < timeSteps && column >= 0 && column < inputSize ? image[(long)row * inputSize + column] : 0;
}
