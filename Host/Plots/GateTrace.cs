using GpuLstm.Host.Plots.Charts;

namespace GpuLstm.Host.Plots;

/// <summary>All that one LSTM layer did while it read one sample, and what the network would have said after each
/// step.</summary>
/// <param name="Input">What was read.</param>
/// <param name="Probabilities">[T, C] class probabilities from the hidden state after each step.</param>
/// <param name="InputGate">[T, H], i, in 0 .. 1.</param>
/// <param name="ForgetGate">[T, H], f, in 0 .. 1.</param>
/// <param name="Candidate">[T, H], g, in -1 .. 1.</param>
/// <param name="OutputGate">[T, H], o, in 0 .. 1.</param>
/// <param name="CellState">[T, H], c.</param>
/// <param name="HiddenState">[T, H], h, in -1 .. 1.</param>
public sealed record GateTrace(
    int TimeSteps, int HiddenSize, IReadOnlyList<string> ClassNames, SamplePicture Input, float[] Probabilities,
    float[] InputGate, float[] ForgetGate, float[] Candidate, float[] OutputGate,
    float[] CellState, float[] HiddenState)
{
    /// <summary>Whether the answers are numbers, normalised, in place of probabilities.</summary>
    public bool AreValues { get; init; }

    public int Classes => ClassNames.Count;

    /// <summary>The most probable class after step <paramref name="t"/>, counted from 0.</summary>
    public int PredictedAt(int t)
    {
        ReadOnlySpan<float> row = Probabilities.AsSpan(t * Classes, Classes);
        int best = 0;
        for (int c = 1; c < Classes; c++)
            if (row[c] > row[best])
                best = c;
        return best;
    }

    /// <summary>The step (from 0) from which on the prediction stays what it is at the end.</summary>
    public int SettledAt()
    {
        int t = TimeSteps - 1;
        while (t > 0 && PredictedAt(t - 1) == PredictedAt(TimeSteps - 1))
            t--;
        return t;
    }

    /// <summary>The hidden units from the lowest to the highest final hidden state: an order in which groups can be
    /// seen.</summary>
    public int[] UnitOrder() =>
        [.. Enumerable.Range(0, HiddenSize).OrderBy(unit => HiddenState[(TimeSteps - 1) * HiddenSize + unit])];

    /// <summary>[T, H] values with their columns in <paramref name="order"/>.</summary>
    public float[] Ordered(float[] values, int[] order)
    {
        float[] ordered = new float[values.Length];
        for (int t = 0; t < TimeSteps; t++)
            for (int unit = 0; unit < HiddenSize; unit++)
                ordered[t * HiddenSize + unit] = values[t * HiddenSize + order[unit]];
        return ordered;
    }
}
