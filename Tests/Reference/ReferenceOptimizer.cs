using GpuLstm.Kernels;

namespace GpuLstm.Tests.Reference;

/// <summary>torch.optim's SGD, RMSprop and Adam with their documentation's formulas ("Algorithm"), in
/// float64.</summary>
/// <param name="settings">Beta1 is the momentum of SGD and RMSprop, Beta2 RMSprop's alpha.</param>
public sealed class ReferenceOptimizer(OptimizerKind kind, AdamSettings settings, bool nesterov, int count)
{
    private readonly ReferenceAdam _adam = new(settings, count);
    private readonly double[] _buffer = new double[count], _square = new double[count];
    private int _steps;

    /// <summary>Updates the parameters in place.</summary>
    public void Step(double[] parameters, double[] gradients)
    {
        if (kind is OptimizerKind.Adam or OptimizerKind.AdamW)
        {
            _adam.Step(parameters, gradients);
            return;
        }
        double momentum = settings.Beta1;
        for (int i = 0; i < parameters.Length; i++)
        {
            double g = gradients[i] + settings.WeightDecay * parameters[i];
            if (kind == OptimizerKind.RmsProp)
            {
                _square[i] = settings.Beta2 * _square[i] + (1 - settings.Beta2) * g * g;
                g /= Math.Sqrt(_square[i]) + settings.Epsilon;
                if (momentum > 0)
                    g = _buffer[i] = momentum * _buffer[i] + g;
            }
            else if (momentum > 0)
            {
                _buffer[i] = _steps == 0 ? g : momentum * _buffer[i] + g;
                g = nesterov ? g + momentum * _buffer[i] : _buffer[i];
            }
            parameters[i] -= settings.LearningRate * g;
        }
        _steps++;
    }
}
