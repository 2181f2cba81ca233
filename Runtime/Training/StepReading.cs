using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Training;

/// <summary>How a model of Keras takes the steps of a sequence.</summary>
/// <param name="MaskValue">Steps of which every value is this one are passed over, states as they are: a Masking layer.
/// Null: none are.</param>
/// <param name="IsBackwards">From the last to the first: go_backwards of the first LSTM layer.</param>
public sealed record StepReading(float? MaskValue = null, bool IsBackwards = false)
{
    /// <summary>The samples as the network takes them.</summary>
    /// <exception cref="GpuLstmException">Images have steps that are masked.</exception>
    public Samples Apply(Samples samples)
    {
        if (MaskValue is { } value)
            samples = samples is SequenceSamples sequences ? sequences.WithoutSteps(value)
                : throw new GpuLstmException("The model masks steps (Masking), which images have none of.");
        return IsBackwards ? samples.Reversed() : samples;
    }
}
