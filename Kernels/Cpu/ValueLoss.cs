namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="ValueLoss.Run"/>.</summary>
public unsafe struct ValueLossArguments
{
    public int B, M;
    public ValueLossKind Kind;
    public float Delta;     // of Huber
    public float* Answers;  // [B, M]
    public float* Targets;  // [B, M]
    public float* Losses;   // [B, 2] loss, the mean over the values, and mean magnitude of the errors, overwritten
    public float* DAnswers; // [B, M] or null, overwritten: d(mean loss)
}

/// <summary>Losses of answers that are numbers: <see cref="ValueLossKind"/>.</summary>
public static unsafe class ValueLoss
{
    /// <summary>A worker's share of the samples.</summary>
    public static void Run(in ValueLossArguments a, int worker, int workers)
    {
        int start = (int)((long)a.B * worker / workers), end = (int)((long)a.B * (worker + 1) / workers);
        float share = 1f / ((float)a.B * a.M);
        for (int s = start; s < end; s++)
        {
            float sum = 0, magnitudes = 0;
            for (nint at = (nint)s * a.M; at < (nint)(s + 1) * a.M; at++)
            {
                float error = a.Answers[at] - a.Targets[at], magnitude = MathF.Abs(error);
                (float loss, float slope) = a.Kind switch
                {
                    ValueLossKind.Mse => (error * error, 2 * error),
                    ValueLossKind.Huber when magnitude < a.Delta => (0.5f * error * error, error),
                    ValueLossKind.Huber => (a.Delta * (magnitude - 0.5f * a.Delta), a.Delta * Sign(error)),
                    _ => (magnitude, Sign(error)),
                };
                sum += loss;
                magnitudes += magnitude;
                if (a.DAnswers != null)
                    a.DAnswers[at] = slope * share;
            }
            a.Losses[2 * s] = sum / a.M;
            a.Losses[2 * s + 1] = magnitudes / a.M;
        }
    }

    private static float Sign(float error) => error > 0 ? 1 : error < 0 ? -1 : 0; // MathF.Sign refuses NaN
}
