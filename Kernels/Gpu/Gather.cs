namespace GpuLstm.Kernels.Gpu;

/// <summary>Picks a batch out of the byte data set and turns it into normalised, time-major floats.</summary>
public static partial class Gather
{
    private const int Position = 1; // in the state

    /// <summary>X[t, b, i] = items[order[start + position + b], t, i] * scale + shift, and the labels;
    /// overwrites.</summary>
    /// <param name="index">X: i, Y: b, Z: t.</param>
    /// <param name="items">[N, T, I].</param>
    /// <param name="itemLabels">[N].</param>
    /// <param name="order">[N].</param>
    /// <param name="state">Training state, whose position counts; or empty.</param>
    /// <param name="x">[T, B, I].</param>
    /// <param name="labels">[B].</param>
    /// <param name="start">Of the batch in <paramref name="order"/>, before the position.</param>
    /// <param name="batch">B.</param>
    /// <param name="timeSteps">T.</param>
    /// <param name="inputSize">I.</param>
    /// <param name="scale">Of a byte.</param>
    /// <param name="shift">Added.</param>
    [Kernel(NoAlias = true)]
    public static void Normalised(
        Index3D index, ArrayView<byte> items, ArrayView<byte> itemLabels, ArrayView<int> order, ArrayView<int> state,
        ArrayView<float> x, ArrayView<int> labels, long start, int batch, int timeSteps, int inputSize, float scale,
        float shift)
    {
        long place = start + index.Y + (state.Length > 0 ? state[Position] : 0);
        int item = order[place];
        x[((long)index.Z * batch + index.Y) * inputSize + index.X] =
            Fused.MultiplyAdd(items[((long)item * timeSteps + index.Z) * inputSize + index.X], scale, shift);
        if (index.X == 0 && index.Z == 0)
            labels[index.Y] = itemLabels[item];
    }
}
