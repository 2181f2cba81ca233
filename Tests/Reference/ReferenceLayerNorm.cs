namespace GpuLstm.Tests.Reference;

/// <summary>Layer normalisation of one vector (Ba, Kiros and Hinton 2016, equation 4), the variance biased and
/// epsilon within the root, as torch.nn.functional.layer_norm: y = gain (x - mean) / sqrt(variance + 1e-5) +
/// bias.</summary>
public static class ReferenceLayerNorm
{
    public const double Epsilon = 1e-5;

    /// <param name="bias">null: zero.</param>
    public static double[] Forward(ReadOnlySpan<double> x, double[] gain, double[]? bias = null)
    {
        (double[] y, _) = Normalise(x);
        for (int i = 0; i < y.Length; i++)
            y[i] = gain[i] * y[i] + (bias?[i] ?? 0);
        return y;
    }

    /// <param name="dGain">The gain's gradient is added to it.</param>
    /// <param name="dBias">The bias's gradient is added to it; null: there is no bias.</param>
    /// <returns>dx.</returns>
    public static double[] Backward(
        ReadOnlySpan<double> x, double[] gain, double[] dy, double[] dGain, double[]? dBias = null)
    {
        (double[] normal, double scale) = Normalise(x);
        (double mean, double slope) = (0, 0);
        for (int i = 0; i < normal.Length; i++)
        {
            mean += gain[i] * dy[i] / normal.Length;
            slope += gain[i] * dy[i] * normal[i] / normal.Length;
            dGain[i] += dy[i] * normal[i];
            if (dBias != null)
                dBias[i] += dy[i];
        }
        var dx = new double[normal.Length];
        for (int i = 0; i < dx.Length; i++)
            dx[i] = scale * (gain[i] * dy[i] - mean - normal[i] * slope);
        return dx;
    }

    /// <summary>The vector of mean 0 and variance 1, and what the centred one was multiplied by.</summary>
    private static (double[] Normal, double Scale) Normalise(ReadOnlySpan<double> x)
    {
        double[] centred = x.ToArray();
        double mean = centred.Average();
        for (int i = 0; i < centred.Length; i++)
            centred[i] -= mean;
        double scale = 1 / Math.Sqrt(Rows.Dot(centred, centred) / centred.Length + Epsilon);
        for (int i = 0; i < centred.Length; i++)
            centred[i] *= scale;
        return (centred, scale);
    }
}
