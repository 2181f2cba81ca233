namespace GpuLstm.Kernels.Gpu;

/// <summary>Picks a batch out of the byte data set and turns it into normalised, time-major floats.</summary>
public static class Gather
{
    private const int Position = 1; // in the state

    /// <summary>X[t, b, i] = items[order[start + position + b], t, i] * scale + shift, and the labels;
    /// overwrites.</summary>
    /// <param name="place">In X.</param>
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
    public static void Normalised(
        Index1D place, ArrayView<byte> items, ArrayView<byte> itemLabels, ArrayView<int> order, ArrayView<int> state,
        ArrayView<float> x, ArrayView<int> labels, long start, int batch, int timeSteps, int inputSize, float scale,
        float shift)
    {
        int column = place % inputSize, sample = place / inputSize % batch, time = place / inputSize / batch;
        int item = order[start + sample + (state.Length > 0 ? state[Position] : 0)];
        x[place] = items[((long)item * timeSteps + time) * inputSize + column] * scale + shift;
        if (column == 0 && time == 0)
            labels[sample] = itemLabels[item];
    }

    /// <summary>X[t, b, i] = values[starts[item] + t, i] of the item order[start + position + b], zero from its length
    /// on, the labels and the lengths; overwrites.</summary>
    /// <param name="place">In X.</param>
    /// <param name="values">[S, I], one sequence after the other.</param>
    /// <param name="starts">[N] the first step of each.</param>
    /// <param name="itemLengths">[N].</param>
    /// <param name="itemLabels">[N].</param>
    /// <param name="order">[N].</param>
    /// <param name="state">Training state, whose position counts; or empty.</param>
    /// <param name="x">[T, B, I].</param>
    /// <param name="labels">[B].</param>
    /// <param name="lengths">[B] or empty.</param>
    /// <param name="start">Of the batch in <paramref name="order"/>, before the position.</param>
    /// <param name="batch">B.</param>
    /// <param name="inputSize">I.</param>
    public static void Sequences(
        Index1D place, ArrayView<float> values, ArrayView<int> starts, ArrayView<int> itemLengths,
        ArrayView<byte> itemLabels, ArrayView<int> order, ArrayView<int> state, ArrayView<float> x,
        ArrayView<int> labels, ArrayView<int> lengths, long start, int batch, int inputSize)
    {
        int column = place % inputSize, sample = place / inputSize % batch, time = place / inputSize / batch;
        int item = order[start + sample + (state.Length > 0 ? state[Position] : 0)];
        float value = 0;
        if (time < itemLengths[item])
            value = values[((long)starts[item] + time) * inputSize + column];
        x[place] = value;
        if (column > 0 || time > 0)
            return;
        labels[sample] = itemLabels[item];
        if (lengths.Length > 0)
            lengths[sample] = itemLengths[item];
    }
}
