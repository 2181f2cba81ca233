namespace GpuLstm.Tests.Reference;

/// <summary>torch.optim.Adam's and AdamW's settings and their defaults.</summary>
/// <param name="Decoupled">AdamW: weights shrink by themselves; else the decay is part of the gradient (L2).</param>
public sealed record AdamSettings(
    double LearningRate = 1e-3, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8,
    double WeightDecay = 0, bool Decoupled = true);

/// <summary>Adam (Kingma and Ba 2015, algorithm 1; epsilon outside the root, after the bias correction) and AdamW
/// (Loshchilov and Hutter 2019, algorithm 2), as torch.optim computes them.</summary>
public sealed class ReferenceAdam(AdamSettings settings, int count)
{
    public double[] First { get; } = new double[count];

    public double[] Second { get; } = new double[count];

    /// <summary>Steps done.</summary>
    public int Steps { get; private set; }

    /// <summary>Updates the parameters in place.</summary>
    public void Step(double[] parameters, double[] gradients)
    {
        Steps++;
        double correction1 = 1 - Math.Pow(settings.Beta1, Steps), correction2 = 1 - Math.Pow(settings.Beta2, Steps);
        for (int i = 0; i < parameters.Length; i++)
        {
            double g = gradients[i];
            if (settings.Decoupled)
                parameters[i] -= settings.LearningRate * settings.WeightDecay * parameters[i];
            else
                g += settings.WeightDecay * parameters[i];
            First[i] = settings.Beta1 * First[i] + (1 - settings.Beta1) * g;
            Second[i] = settings.Beta2 * Second[i] + (1 - settings.Beta2) * g * g;
            double mean = First[i] / correction1, deviation = Math.Sqrt(Second[i] / correction2);
            parameters[i] -= settings.LearningRate * mean / (deviation + settings.Epsilon);
        }
    }
}
