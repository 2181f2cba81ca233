namespace GpuLstm.Runtime.Training.Comparison;

/// <summary>Seconds of a training step's phases, each with the wait for its end: together they take longer than a step
/// that only queues its work.</summary>
/// <param name="Gather">Fetching and normalising the batch.</param>
/// <param name="Update">Norm, clip and Adam.</param>
public sealed record PhaseTimes(double Gather, double Forward, double Loss, double Backward, double Update)
{
    /// <summary>In the order in which they run.</summary>
    public IReadOnlyList<(string Name, double Seconds)> All =>
        [("gather", Gather), ("forward", Forward), ("loss", Loss), ("backward", Backward), ("update", Update)];

    /// <summary>The median of each phase.</summary>
    public static PhaseTimes Median(IReadOnlyList<PhaseTimes> steps)
    {
        return new(Of(s => s.Gather), Of(s => s.Forward), Of(s => s.Loss), Of(s => s.Backward), Of(s => s.Update));

        double Of(Func<PhaseTimes, double> phase) => steps.Select(phase).Order().ElementAt(steps.Count / 2);
    }
}
