using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Training.Comparison;

/// <summary>What an accelerator reached in a comparison.</summary>
/// <param name="Device">The accelerator's id.</param>
/// <param name="DeviceName">The device's own name.</param>
/// <param name="SamplesPerSecond">Median over parts of the run, without the first.</param>
/// <param name="Phases">Of a step: median of several that were run apart.</param>
/// <param name="MemoryBytes">Of the buffers that training holds on the device.</param>
/// <param name="Losses">Mean loss of every step's batch.</param>
/// <param name="Difference">From the comparison's first accelerator.</param>
public sealed record AcceleratorMeasurement(
    string Device, string DeviceName, double SamplesPerSecond, PhaseTimes Phases, long MemoryBytes,
    IReadOnlyList<float> Losses, AcceleratorDifference Difference)
{
    /// <summary>What the kernels of <see cref="AcceleratorComparison.ProfiledSteps"/> steps took, where the engine was
    /// opened to tell.</summary>
    public IReadOnlyList<KernelTime>? Kernels { get; init; }
}

/// <summary>How far an accelerator is from the first one, in the worst case; all values are relative.</summary>
/// <param name="FirstLosses">Losses of the first steps of a run of its own.</param>
/// <param name="SharedLoss">Loss of single steps from the first accelerator's states.</param>
/// <param name="SharedGradient">Gradients of those steps: the norm of the difference by the gradient's norm, for each
/// parameter by itself.</param>
/// <param name="WorstParameter">The parameter where that is largest; null where nothing differs.</param>
public sealed record AcceleratorDifference(
    double FirstLosses, double SharedLoss, double SharedGradient, string? WorstParameter)
{
    /// <summary>That of the first accelerator from itself.</summary>
    public static AcceleratorDifference None { get; } = new(0, 0, 0, null);

    /// <summary>The worst of two.</summary>
    public AcceleratorDifference Or(AcceleratorDifference other) => new(
        Math.Max(FirstLosses, other.FirstLosses), Math.Max(SharedLoss, other.SharedLoss),
        Math.Max(SharedGradient, other.SharedGradient),
        double.IsNaN(SharedGradient) || SharedGradient >= other.SharedGradient ? WorstParameter : other.WorstParameter);

    /// <summary>The difference of a run's first losses.</summary>
    public static AcceleratorDifference OfLosses(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Relative(Math.Abs(actual[i] - (double)expected[i]), Math.Abs(expected[i])));
        return None with { FirstLosses = worst };
    }

    /// <summary>The difference of a step from the same state.</summary>
    public static AcceleratorDifference OfStep(StepOutcome expected, StepOutcome actual)
    {
        double loss = Relative(Math.Abs(actual.Loss - (double)expected.Loss), Math.Abs(expected.Loss));
        AcceleratorDifference worst = None with { SharedLoss = loss };
        for (int i = 0; i < expected.Gradients.Count; i++)
        {
            (Tensor wanted, Tensor got) = (expected.Gradients[i], actual.Gradients[i]);
            double gradient = RelativeNorm(wanted.Values, got.Values);
            if (gradient != 0)
                worst = worst.Or(None with { SharedGradient = gradient, WorstParameter = wanted.Name });
        }
        return worst;
    }

    private static double RelativeNorm(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double difference = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Square(actual[i] - (double)expected[i]);
            norm += Square(expected[i]);
        }
        return Relative(Math.Sqrt(difference), Math.Sqrt(norm));
    }

    private static double Square(double value) => value * value;

    /// <summary>Nothing by nothing is no difference; NaN stays NaN.</summary>
    private static double Relative(double difference, double size) => difference == 0 ? 0 : difference / size;
}
