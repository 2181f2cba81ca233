using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Training;

/// <summary>A training step.</summary>
/// <param name="Step">Counted from 1.</param>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Loss">Mean loss of the batch.</param>
/// <param name="Accuracy">Share of the batch that was right; null where numbers are answered.</param>
/// <param name="GradientNorm">Before clipping.</param>
public readonly record struct StepLog(long Step, int Epoch, float Loss, float? Accuracy, float GradientNorm,
    float LearningRate);

/// <summary>An evaluation on test data, after an epoch or within one.</summary>
/// <param name="Samples">Test samples used.</param>
public sealed record TestLog(long Step, int Epoch, double Loss, double? Accuracy, int Samples)
{
    /// <summary>Of numbers, in their units; null where classes are answered.</summary>
    public double? Rmse { get; init; }
}

/// <summary>A finished epoch.</summary>
/// <param name="TrainLoss">Mean over the epoch's samples, each before its own update.</param>
/// <param name="Seconds">Training alone, without evaluation.</param>
public sealed record EpochLog(int Epoch, long Step, double TrainLoss, double? TrainAccuracy, double TestLoss,
    double? TestAccuracy, double Seconds, double SamplesPerSecond)
{
    /// <summary>On the validation samples; null where there are none.</summary>
    public double? ValidationLoss { get; init; }

    /// <inheritdoc cref="ValidationLoss"/>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Of numbers, in their units; null where classes are answered.</summary>
    public double? TestRmse { get; init; }

    /// <inheritdoc cref="TestRmse"/>
    public double? ValidationRmse { get; init; }
}

/// <summary>Where training stands, for a display.</summary>
public readonly record struct TrainingProgress(int Epoch, int Epochs, long Step, long Steps, float Loss,
    float? Accuracy,
    double SamplesPerSecond, TimeSpan Left);

/// <summary>Listens to a trainer. Calls come from the training thread.</summary>
public interface ITrainingObserver
{
    void OnProgress(in TrainingProgress progress);

    /// <summary>Every step, some time after it was made.</summary>
    /// <param name="logged">Whether it is one of those that the recipe wants logged.</param>
    void OnStep(in StepLog step, bool logged);

    /// <summary>An evaluation goes on.</summary>
    /// <param name="done">Samples evaluated.</param>
    /// <param name="count">Of so many.</param>
    void OnEvaluating(int done, int count) { }

    void OnTest(TestLog test);
    void OnEpoch(EpochLog epoch);

    /// <summary>The epoch's model is the best so far by the validation samples.</summary>
    void OnBest(IReadOnlyList<Tensor> parameters) { }

    /// <summary>Something that a person should know: one sentence.</summary>
    void OnNotice(string message) { }

    /// <summary>The run goes on from a checkpoint: what was told before is void, and this is what stands.</summary>
    void OnRestored(RunHistory history) { }
}

/// <summary>The best model of a run by its validation samples.</summary>
/// <param name="Loss">On the validation samples.</param>
/// <param name="Accuracy">On the validation samples; null where numbers are answered.</param>
/// <param name="Test">On the whole test set.</param>
public sealed record BestModel(
    int Epoch, double Loss, double? Accuracy, IReadOnlyList<Tensor> Parameters, Evaluation Test);

/// <summary>How a training run ended.</summary>
/// <param name="Final">The last state on the whole test set.</param>
/// <param name="First">The last evaluation on the first test samples, where the recipe asks for one.</param>
/// <param name="Interrupted">Whether the user stopped it before its end.</param>
/// <param name="TrainSeconds">Training alone, without evaluation.</param>
public sealed record TrainingResult(Evaluation Final, Evaluation? First, bool Interrupted, int EpochsDone,
    long StepsDone, long SamplesSeen, double TrainSeconds)
{
    /// <summary>What the validation samples chose; null where there are none.</summary>
    public BestModel? Best { get; init; }

    /// <summary>What could not be written, wherefore the run ended before its time; null: nothing.</summary>
    public StorageException? Failure { get; init; }

    /// <summary>Whether it ended before its last epoch because no better model had come for long.</summary>
    public bool StoppedEarly { get; init; }

    public double SamplesPerSecond => TrainSeconds > 0 ? SamplesSeen / TrainSeconds : 0;
}
