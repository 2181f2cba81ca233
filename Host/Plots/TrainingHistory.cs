namespace GpuLstm.Host.Plots;

/// <summary>What a training run recorded: one entry per logged step, one per evaluation on the whole test
/// set.</summary>
/// <param name="StepsPerEpoch">Steps that make one pass over the training set, at least 1.</param>
/// <param name="Steps">In the order of their steps.</param>
/// <param name="Tests">In the order of their steps.</param>
public sealed record TrainingHistory(
    int StepsPerEpoch, IReadOnlyList<HistoryPoint> Steps, IReadOnlyList<HistoryPoint> Tests)
{
    /// <summary>What the loss is called.</summary>
    public string LossName { get; init; } = "cross-entropy";

    /// <summary>Evaluations on the first <see cref="FirstSamples"/> test samples only, in the order of their
    /// steps.</summary>
    public IReadOnlyList<HistoryPoint> FirstTests { get; init; } = [];

    public int FirstSamples { get; init; }

    /// <summary>Evaluations on the validation samples, in the order of their steps.</summary>
    public IReadOnlyList<HistoryPoint> Validations { get; init; } = [];

    /// <summary>The epoch that the validation samples chose; null where there are none.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>The whole test set's values after the epoch that was chosen; null where none was.</summary>
    public HistoryPoint? BestTest => BestEpoch is not { } epoch ? null
        : Tests.Where(test => test.Step == (long)epoch * StepsPerEpoch).Select(test => (HistoryPoint?)test)
            .FirstOrDefault();
}

/// <summary>Loss and accuracy (a fraction) after <paramref name="Step"/> steps; of a training step also its gradient's
/// norm before clipping and its learning rate.</summary>
public readonly record struct HistoryPoint(
    long Step, double Loss, double Accuracy, double GradientNorm = double.NaN, double LearningRate = double.NaN);
