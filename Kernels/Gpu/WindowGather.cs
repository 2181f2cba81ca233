namespace GpuLstm.Kernels.Gpu;

/// <summary>Picks a batch of windows out of resident series. A window starts at a row; its first W rows are read, and
/// of the H after them the first K columns are what is to be answered.</summary>
public static class WindowGather
{
    private const int Position = 1; // in the state

    /// <summary>bases[b, k] = the last of the window's W values in column k, or their mean; overwrites.</summary>
    /// <param name="place">In the bases.</param>
    /// <param name="values">[S, I].</param>
    /// <param name="starts">[N] the first row of each window.</param>
    /// <param name="order">[N].</param>
    /// <param name="state">Training state, whose position counts; or empty.</param>
    /// <param name="bases">[B, K].</param>
    /// <param name="start">Of the batch in <paramref name="order"/>, before the position.</param>
    /// <param name="window">W.</param>
    /// <param name="inputSize">I.</param>
    /// <param name="series">K.</param>
    /// <param name="isMean">1: the mean.</param>
    public static void Bases(
        Index1D place, ArrayView<float> values, ArrayView<int> starts, ArrayView<int> order, ArrayView<int> state,
        ArrayView<float> bases, long start, int window, int inputSize, int series, int isMean)
    {
        long row = Row(starts, order, state, start, place / series);
        int column = place % series;
        float last = values[(row + window - 1) * inputSize + column];
        if (isMean == 0)
        {
            bases[place] = last;
            return;
        }
        float sum = 0;
        for (int time = 0; time < window; time++)
            sum += values[(row + time) * inputSize + column] - last; // of differences: nothing cancels
        bases[place] = last + sum / window;
    }

    /// <summary>X[t, b, i] = values[row + t + ahead[i], i] - bases[b, i], without a base from column K on;
    /// overwrites.</summary>
    /// <param name="place">In X.</param>
    /// <param name="values">[S, I].</param>
    /// <param name="starts">[N] the first row of each window.</param>
    /// <param name="order">[N].</param>
    /// <param name="state">Training state, whose position counts; or empty.</param>
    /// <param name="ahead">[I] rows that a column is read ahead, as it is known before.</param>
    /// <param name="bases">[B, K]; or empty: 0.</param>
    /// <param name="x">[W, B, I].</param>
    /// <param name="start">Of the batch in <paramref name="order"/>, before the position.</param>
    /// <param name="batch">B.</param>
    /// <param name="inputSize">I.</param>
    /// <param name="series">K.</param>
    public static void Inputs(
        Index1D place, ArrayView<float> values, ArrayView<int> starts, ArrayView<int> order, ArrayView<int> state,
        ArrayView<int> ahead, ArrayView<float> bases, ArrayView<float> x, long start, int batch, int inputSize,
        int series)
    {
        int column = place % inputSize, sample = place / inputSize % batch, time = place / inputSize / batch;
        long row = Row(starts, order, state, start, sample) + time + ahead[column];
        float from = 0;
        if (bases.Length > 0 && column < series)
            from = bases[sample * series + column];
        x[place] = values[row * inputSize + column] - from;
    }

    /// <summary>answers[b, h, k] = values[row + W + h, k] - bases[b, k]; overwrites.</summary>
    /// <param name="place">In the answers.</param>
    /// <param name="values">[S, I].</param>
    /// <param name="starts">[N] the first row of each window.</param>
    /// <param name="order">[N].</param>
    /// <param name="state">Training state, whose position counts; or empty.</param>
    /// <param name="bases">[B, K]; or empty: 0.</param>
    /// <param name="answers">[B, H, K].</param>
    /// <param name="start">Of the batch in <paramref name="order"/>, before the position.</param>
    /// <param name="window">W.</param>
    /// <param name="horizon">H.</param>
    /// <param name="inputSize">I.</param>
    /// <param name="series">K.</param>
    public static void Answers(
        Index1D place, ArrayView<float> values, ArrayView<int> starts, ArrayView<int> order, ArrayView<int> state,
        ArrayView<float> bases, ArrayView<float> answers, long start, int window, int horizon, int inputSize,
        int series)
    {
        int column = place % series, step = place / series % horizon, sample = place / series / horizon;
        long row = Row(starts, order, state, start, sample) + window + step;
        float from = 0;
        if (bases.Length > 0)
            from = bases[sample * series + column];
        answers[place] = values[row * inputSize + column] - from;
    }

    private static long Row(
        ArrayView<int> starts, ArrayView<int> order, ArrayView<int> state, long start, int sample) =>
        starts[order[start + sample + (state.Length > 0 ? state[Position] : 0)]];
}
