using GpuLstm.Kernels;

namespace GpuLstm.Tests.Reference;

/// <summary>Losses of numbers as PyTorch's MSELoss, L1Loss and HuberLoss, reduction 'mean'.</summary>
/// <param name="Sum">Of the samples' mean losses.</param>
/// <param name="Magnitudes">Sum of the samples' mean error magnitudes.</param>
/// <param name="Gradient">[B, M] of the mean over all values.</param>
public sealed record ReferenceValueLoss(double Sum, double Magnitudes, double[] Gradient)
{
    public static ReferenceValueLoss Of(
        ValueLossKind kind, int batch, int size, double[] answers, double[] targets, double delta)
    {
        double sum = 0, magnitudes = 0;
        double[] gradient = new double[batch * size];
        for (int at = 0; at < gradient.Length; at++)
        {
            double e = (float)answers[at] - (double)(float)targets[at], m = Math.Abs(e);
            sum += (kind == ValueLossKind.Mse ? e * e : kind == ValueLossKind.Mae ? m
                : m < delta ? e * e / 2 : delta * (m - delta / 2)) / size;
            magnitudes += m / size;
            gradient[at] = (kind == ValueLossKind.Mse ? 2 * e : kind == ValueLossKind.Mae ? Math.Sign(e)
                : m < delta ? e : delta * Math.Sign(e)) / (batch * size);
        }
        return new(sum, magnitudes, gradient);
    }
}
