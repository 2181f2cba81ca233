using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Training.Comparison;

/// <summary>All that decides a training step, and what it came to on the accelerator that made it.</summary>
/// <param name="State">The step's counters before it.</param>
/// <param name="Parameters">Flat, before it.</param>
/// <param name="FirstMoments">Adam's m, flat, before it.</param>
/// <param name="SecondMoments">Adam's v, flat, before it.</param>
/// <param name="Outcome">What it came to.</param>
internal sealed record SharedStep(
    int[] State, float[] Parameters, float[] FirstMoments, float[] SecondMoments, StepOutcome Outcome);

/// <summary>What a training step came to.</summary>
/// <param name="Loss">Mean of the batch.</param>
/// <param name="Gradients">One per parameter.</param>
public sealed record StepOutcome(float Loss, IReadOnlyList<Tensor> Gradients);
