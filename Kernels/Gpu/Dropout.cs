namespace GpuLstm.Kernels.Gpu;

/// <summary>Inverted dropout: kept values are divided by the probability of being kept, as torch.nn.Dropout does. The
/// mask is a pure function of (seed, stream, step, place), so backward draws it again instead of storing it.</summary>
public static class Dropout
{
    private const int Step = 0; // in the state

    /// <summary>y = x where kept, scaled, else 0; forward with x, backward with its gradient. Y may be x. One item per
    /// four values: their words are Philox's at the counter (place / 4, stream, step, 0).</summary>
    /// <param name="quad">Place / 4, up to (length + 3) / 4.</param>
    /// <param name="x">[length].</param>
    /// <param name="y">[length], overwritten.</param>
    /// <param name="state">Training state, whose step counts; or empty: step 0.</param>
    /// <param name="seedLow">Lower half of the seed.</param>
    /// <param name="seedHigh">Upper half.</param>
    /// <param name="stream">Of this place's mask.</param>
    /// <param name="rate">Probability of being dropped.</param>
    /// <param name="scale">1 / (1 - rate).</param>
    public static void Apply(
        Index1D quad, ArrayView<float> x, ArrayView<float> y, ArrayView<int> state,
        uint seedLow, uint seedHigh, uint stream, float rate, float scale)
    {
        uint step = state.Length > 0 ? (uint)state[Step] : 0;
        (uint word0, uint word1, uint word2, uint word3) = Philox.Next(seedLow, seedHigh, (uint)(int)quad, stream,
            step, 0);
        long place = 4L * quad;
        Drop(x, y, place, word0, rate, scale);
        Drop(x, y, place + 1, word1, rate, scale);
        Drop(x, y, place + 2, word2, rate, scale);
        Drop(x, y, place + 3, word3, rate, scale);
    }

    /// <summary>mask = 1 where <see cref="Apply"/> drops, else 0; one item per four values.</summary>
    /// <param name="quad">Place / 4, up to (length + 3) / 4.</param>
    /// <param name="mask">[length], overwritten.</param>
    /// <param name="state">Training state, whose step counts; or empty: step 0.</param>
    /// <param name="seedLow">Lower half of the seed.</param>
    /// <param name="seedHigh">Upper half.</param>
    /// <param name="stream">Of this mask.</param>
    /// <param name="rate">Probability of a one.</param>
    public static void Draw(
        Index1D quad, ArrayView<byte> mask, ArrayView<int> state, uint seedLow, uint seedHigh, uint stream, float rate)
    {
        uint step = state.Length > 0 ? (uint)state[Step] : 0;
        (uint word0, uint word1, uint word2, uint word3) = Philox.Next(seedLow, seedHigh, (uint)(int)quad, stream,
            step, 0);
        long place = 4L * quad;
        Mark(mask, place, word0, rate);
        Mark(mask, place + 1, word1, rate);
        Mark(mask, place + 2, word2, rate);
        Mark(mask, place + 3, word3, rate);
    }

    private static void Mark(ArrayView<byte> mask, long place, uint word, float rate)
    {
        if (place < mask.Length)
            mask[place] = (byte)(Philox.ToUnitFloat(word) < rate ? 1 : 0);
    }

    private static void Drop(ArrayView<float> x, ArrayView<float> y, long place, uint word, float rate, float scale)
    {
        if (place < x.Length)
            y[place] = Philox.ToUnitFloat(word) < rate ? 0 : x[place] * scale;
    }
}
