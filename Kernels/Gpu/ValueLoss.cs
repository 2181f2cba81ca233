namespace GpuLstm.Kernels.Gpu;

/// <summary>Losses of answers that are numbers: <see cref="ValueLossKind"/>.</summary>
public static class ValueLoss
{
    /// <summary>One sample's loss, the mean over its values, and its gradient.</summary>
    /// <param name="sample">b of B.</param>
    /// <param name="answers">[B, M].</param>
    /// <param name="targets">[B, M].</param>
    /// <param name="losses">[B, 2] loss and mean magnitude of the errors, overwritten.</param>
    /// <param name="dAnswers">[B, M] d(mean loss), overwritten; or empty.</param>
    /// <param name="kind">Which.</param>
    /// <param name="batch">B.</param>
    /// <param name="values">M.</param>
    /// <param name="delta">Of Huber.</param>
    public static void Forward(
        Index1D sample, ArrayView<float> answers, ArrayView<float> targets, ArrayView<float> losses,
        ArrayView<float> dAnswers, ValueLossKind kind, int batch, int values, float delta)
    {
        float sum = 0, magnitudes = 0, share = 1f / ((float)batch * values);
        for (int k = 0; k < values; k++)
        {
            long at = (long)(int)sample * values + k;
            float error = answers[at] - targets[at], magnitude = XMath.Abs(error);
            float loss = magnitude, slope = error > 0 ? 1f : error < 0 ? -1f : 0f;
            if (kind == ValueLossKind.Mse)
            {
                loss = error * error;
                slope = 2 * error;
            }
            else if (kind == ValueLossKind.Huber)
            {
                loss = magnitude < delta ? 0.5f * error * error : delta * (magnitude - 0.5f * delta);
                slope = magnitude < delta ? error : delta * slope;
            }
            sum += loss;
            magnitudes += magnitude;
            if (dAnswers.Length > 0)
                dAnswers[at] = slope * share;
        }
        losses[2L * sample] = sum / values;
        losses[2L * sample + 1] = magnitudes / values;
    }
}
