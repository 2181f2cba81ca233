namespace GpuLstm.Tests.Reference;

/// <summary>Clipping by the global norm, torch.nn.utils.clip_grad_norm_: all gradients are scaled by
/// min(1, max / (norm + 1e-6)).</summary>
public static class ReferenceClip
{
    /// <summary>The Euclidean norm of all gradients together.</summary>
    public static double Norm(IEnumerable<double[]> gradients) => Math.Sqrt(gradients.Sum(g => g.Sum(v => v * v)));

    /// <summary>Scales the gradients in place and returns their norm before it.</summary>
    public static double Clip(IReadOnlyCollection<double[]> gradients, double maxNorm)
    {
        double norm = Norm(gradients), scale = Math.Min(1, maxNorm / (norm + 1e-6));
        foreach (double[] gradient in gradients)
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] *= scale;
        return norm;
    }
}
