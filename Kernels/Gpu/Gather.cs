namespace GpuLstm.Kernels.Gpu;

/// <summary>Picks a batch out of the byte data set and turns it into normalised, time-major floats.</summary>
public static class Gather
{
    private const int Position = 1, First = 6; // in the state

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

    /// <summary>X[t, b, i] = values[starts[item] + first + t, i] of the item order[start + position + b], zero from its
    /// length on, the labels and the lengths; overwrites.</summary>
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
    /// <param name="first">The step of each sequence that X begins with, beside the state's.</param>
    public static void Sequences(
        Index1D place, ArrayView<float> values, ArrayView<int> starts, ArrayView<int> itemLengths,
        ArrayView<byte> itemLabels, ArrayView<int> order, ArrayView<int> state, ArrayView<float> x,
        ArrayView<int> labels, ArrayView<int> lengths, long start, int batch, int inputSize, int first)
    {
        int column = place % inputSize, sample = place / inputSize % batch, time = place / inputSize / batch;
        int item = order[start + sample + (state.Length > 0 ? state[Position] : 0)];
        if (state.Length > 0)
            first += state[First];
        float value = 0;
        if (first + time < itemLengths[item])
            value = values[((long)starts[item] + first + time) * inputSize + column];
        x[place] = value;
        if (column > 0 || time > 0)
            return;
        labels[sample] = itemLabels[item];
        if (lengths.Length > 0)
            lengths[sample] = itemLengths[item];
    }

    /// <summary>labels[t, b] = itemLabels[starts[item] + first + t] of the item order[start + position + b], -1 from
    /// its length on; overwrites.</summary>
    /// <param name="place">In the labels.</param>
    /// <param name="itemLabels">[S] of the steps, one sequence after the other; below 0: none.</param>
    /// <param name="starts">[N] the first step of each.</param>
    /// <param name="itemLengths">[N].</param>
    /// <param name="order">[N].</param>
    /// <param name="state">Training state, whose position counts; or empty.</param>
    /// <param name="labels">[T, B].</param>
    /// <param name="start">Of the batch in <paramref name="order"/>, before the position.</param>
    /// <param name="batch">B.</param>
    /// <param name="first">The step of each sequence that the labels begin with, beside the state's.</param>
    public static void StepLabels(
        Index1D place, ArrayView<int> itemLabels, ArrayView<int> starts, ArrayView<int> itemLengths,
        ArrayView<int> order, ArrayView<int> state, ArrayView<int> labels, long start, int batch, int first)
    {
        int time = first + place / batch + (state.Length > 0 ? state[First] : 0);
        int item = order[start + place % batch + (state.Length > 0 ? state[Position] : 0)];
        int label = -1;
        if (time < itemLengths[item])
            label = itemLabels[(long)starts[item] + time];
        labels[place] = label;
    }

    /// <summary>rows[b] = items[order[start + position + b]], rows of M values; overwrites.</summary>
    /// <param name="place">In the rows.</param>
    /// <param name="items">[N, M].</param>
    /// <param name="order">[N].</param>
    /// <param name="state">Training state, whose position counts; or empty.</param>
    /// <param name="rows">[B, M].</param>
    /// <param name="start">Of the batch in <paramref name="order"/>, before the position.</param>
    /// <param name="size">M.</param>
    public static void Rows(
        Index1D place, ArrayView<float> items, ArrayView<int> order, ArrayView<int> state, ArrayView<float> rows,
        long start, int size)
    {
        int item = order[start + place / size + (state.Length > 0 ? state[Position] : 0)];
        rows[place] = items[(long)item * size + place % size];
    }
}
