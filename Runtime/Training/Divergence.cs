namespace GpuLstm.Runtime.Training;

/// <summary>What a run does when a gradient or the loss is not finite. The update itself is skipped on the device in
/// any case.</summary>
public enum OnNan
{
    /// <summary>It stops with an error that names the step and the parameter.</summary>
    Stop,

    /// <summary>It says so and goes on.</summary>
    Skip,

    /// <summary>It goes back to its last checkpoint and on from there with half the learning rate.</summary>
    Rollback,
}

/// <summary>Steps whose update was skipped because a gradient or the loss was not finite.</summary>
/// <param name="Count">How many.</param>
/// <param name="First">The first of them, counted from 1.</param>
/// <param name="Parameter">The parameter whose gradient was not finite then; null: the loss was not.</param>
public readonly record struct SkippedSteps(int Count, long First, string? Parameter)
{
    /// <summary>What happened, without a full stop.</summary>
    public string Sentence => $"at step {First} {(Parameter == null ? "the loss" : $"the gradient of '{Parameter}'")} "
        + "was not finite, and no update was made from it";
}

/// <summary>Training diverged.</summary>
public sealed class DivergenceException(SkippedSteps skipped)
    : GpuLstmException($"Training diverged: {skipped.Sentence}; a smaller --lr or --clip 1 usually helps.")
{
    public SkippedSteps Skipped { get; } = skipped;
}
