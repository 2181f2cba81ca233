using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Training;

/// <summary>Everything that a run has logged so far: what its plots are drawn from.</summary>
/// <param name="logEvery">Steps between those that the recipe wants logged.</param>
public sealed class RunHistory(int logEvery)
{
    /// <summary>Columns of <see cref="StepsAsTensor"/>: loss, accuracy, gradient norm, learning rate.</summary>
    public const int StepColumns = 4;

    /// <summary>All steps, from the first.</summary>
    public List<StepLog> Steps { get; } = [];

    public List<TestLog> Tests { get; } = [];

    public List<EpochLog> Epochs { get; } = [];

    /// <summary>Whether a step is one of those that the recipe wants logged.</summary>
    public bool IsLogged(long step) => step % logEvery == 0;

    /// <summary>The logged steps, tests and epochs in the order in which a run tells them.</summary>
    public IEnumerable<object> Rows() =>
        Steps.Where(s => IsLogged(s.Step)).Select(s => (s.Step, Kind: 0, Row: (object)s))
            .Concat(Tests.Select(t => (t.Step, Kind: 1, Row: (object)t)))
            .Concat(Epochs.Select(e => (e.Step, Kind: 2, Row: (object)e)))
            .OrderBy(r => r.Step).ThenBy(r => r.Kind).Select(r => r.Row);

    /// <summary>The steps as numbers [steps, 4].</summary>
    public Tensor StepsAsTensor(string name)
    {
        var values = new float[Steps.Count * StepColumns];
        for (int i = 0; i < Steps.Count; i++)
        {
            StepLog step = Steps[i];
            Span<float> row = values.AsSpan(i * StepColumns, StepColumns);
            (row[0], row[1], row[2], row[3]) = (step.Loss, step.Accuracy ?? float.NaN, step.GradientNorm,
                step.LearningRate);
        }
        return new(name, [Steps.Count, StepColumns], values);
    }

    /// <summary>The inverse of <see cref="StepsAsTensor"/>.</summary>
    public void AddSteps(Tensor tensor, int stepsPerEpoch)
    {
        for (int i = 0; i < tensor.Values.Length / StepColumns; i++)
        {
            ReadOnlySpan<float> row = tensor.Values.AsSpan(i * StepColumns, StepColumns);
            Steps.Add(new(i + 1, i / stepsPerEpoch + 1, row[0], float.IsNaN(row[1]) ? null : row[1], row[2], row[3]));
        }
    }
}
