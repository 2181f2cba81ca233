namespace GpuLstm.Kernels.Gpu;

/// <summary>Inverted dropout: kept values are divided by the probability of being kept, as torch.nn.Dropout does. The mask
/// is a pure function of (seed, stream, step, place), so backward draws it again instead of storing it.</summary>
public static partial class Dropout
{
    /// <summary>y = x where kept, scaled, else 0; forward with x, backward with its gradient. Y may be x. One item per
    /// four values: the counter is (place / 4, stream, step, 0).</summary>
    /// <param name="quad">Place / 4, up to (length + 3) / 4.</param>
    /// <param name="x">[length].</param>
    /// <param name="y">[length], overwritten.</param>
    /// <param name="seedLow">Lower half of the seed.</param>
    /// <param name="seedHigh">Upper half.</param>
    /// <param name="stream">Of this layer's mask.</param>
    /// <param name="step">Of the training.</param>
    /// <param name="keep">Probability of being kept, above 0.</param>
    [Kernel]
    public static void Apply(
        Index1D quad, ArrayView<float> x, ArrayView<float> y, uint seedLow, uint seedHigh, uint stream, uint step, float keep)
    {
        (uint word0, uint word1, uint word2, uint word3) = Philox.Next(seedLow, seedHigh, (uint)(int)quad, stream, step, 0);
        long place = 4L * quad;
        Drop(x, y, place, word0, keep);
        Drop(x, y, place + 1, word1, keep);
        Drop(x, y, place + 2, word2, keep);
        Drop(x, y, place + 3, word3, keep);
    }

    private static void Drop(ArrayView<float> x, ArrayView<float> y, long place, uint word, float keep)
    {
        if (place < x.Length)
            y[place] = Philox.ToUnitFloat(word) < keep ? x[place] / keep : 0;
    }
}
