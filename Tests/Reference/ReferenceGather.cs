namespace GpuLstm.Tests.Reference;

/// <summary>Picks a batch out of a set of byte sequences: x = (byte / 255 - mean) / deviation, time-major.</summary>
public static class ReferenceGather
{
    /// <param name="items">[N, T, I].</param>
    /// <param name="itemLabels">[N].</param>
    /// <param name="order">Indices of samples.</param>
    /// <param name="start">The batch's first place in <paramref name="order"/>.</param>
    /// <returns>x [T, B, I] and labels [B].</returns>
    public static (double[] X, int[] Labels) Batch(byte[] items, byte[] itemLabels, int[] order, int start, int batch,
        int timeSteps, int inputSize, double mean, double deviation)
    {
        var x = new double[timeSteps * batch * inputSize];
        var labels = new int[batch];
        for (int b = 0; b < batch; b++)
        {
            int sample = order[start + b];
            labels[b] = itemLabels[sample];
            for (int t = 0; t < timeSteps; t++)
                for (int i = 0; i < inputSize; i++)
                {
                    byte item = items[(sample * timeSteps + t) * inputSize + i];
                    x[(t * batch + b) * inputSize + i] = (item / 255.0 - mean) / deviation;
                }
        }
        return (x, labels);
    }
}
