using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>Adam or AdamW over all parameters at once: both moments, the schedule and the step's counters, all on the device.</summary>
public sealed class Adam : IDisposable
{
    private const int HistoryRows = 4096;

    private readonly Accelerator _accelerator;
    private readonly Recipe _recipe;
    private readonly DeviceBuffer<float> _first, _second, _norm, _schedule, _history;
    private readonly DeviceBuffer<int> _state;
    private readonly int[] _hostState = new int[StepState.Length];

    /// <param name="steps">Training steps of the whole run, for the schedule.</param>
    public Adam(Accelerator accelerator, Recipe recipe, ParameterSet parameters, long steps)
    {
        (_accelerator, _recipe, Parameters) = (accelerator, recipe, parameters);
        _first = accelerator.Allocate<float>(parameters.Length);
        _second = accelerator.Allocate<float>(parameters.Length);
        _norm = accelerator.Allocate<float>(1);
        _history = accelerator.Allocate<float>(3 * HistoryRows);
        _state = accelerator.Allocate<int>(StepState.Length);
        _schedule = accelerator.Upload<float>(Schedule(recipe, steps));
    }

    public ParameterSet Parameters { get; }

    /// <summary>First and second moments, flat as the parameters are.</summary>
    public (BufferView<float> First, BufferView<float> Second) Moments => (_first.View, _second.View);

    /// <summary>The step's counters; see <see cref="StepState"/>.</summary>
    public BufferView<int> State => _state.View;

    /// <summary>Steps whose results are kept until <see cref="ReadHistory"/>.</summary>
    public static int HistoryCapacity => HistoryRows;

    /// <summary>Clips, updates the parameters and ends the step.</summary>
    /// <param name="result">[2] the batch's summed loss and hits.</param>
    public void Step(int batchSize, BufferView<float> result)
    {
        Operations operations = _accelerator.Operations;
        operations.GlobalNorm(Parameters.Gradients, _norm.View);
        operations.AdamStep(new()
        {
            Parameters = Parameters.Values, Gradients = Parameters.Gradients, FirstMoment = _first.View, SecondMoment = _second.View,
            Norm = _norm.View, State = _state.View, Schedule = _schedule.View,
            Beta1 = _recipe.Beta1, Beta2 = _recipe.Beta2, Epsilon = _recipe.Epsilon, WeightDecay = _recipe.WeightDecay, MaxNorm = _recipe.ClipNorm,
        });
        operations.EndStep(_state.View, batchSize, result, _norm.View, _history.View);
    }

    /// <summary>Puts the position back to the first sample of an epoch.</summary>
    public void BeginEpoch() => _state.View.Slice(StepState.Position, 1).CopyFrom([0]);

    /// <summary>Waits for the device, and reads mean loss, hits and gradient norm of the steps from <paramref name="step"/> on.</summary>
    /// <param name="rows">[count, 3], overwritten.</param>
    /// <exception cref="GpuLstmException">A step's gradients were not finite; its update was skipped on the device.</exception>
    public void ReadHistory(long step, Span<float> rows)
    {
        for (int row = 0; row < rows.Length / 3; row++)
            _history.View.Slice((step + row) % HistoryRows * 3, 3).CopyTo(rows.Slice(3 * row, 3));
        _state.View.CopyTo(_hostState);
        if (_hostState[StepState.Skipped] > 0)
            throw new GpuLstmException(
                $"Training diverged: at step {_hostState[StepState.FirstSkipped] + 1} the gradient of '{Parameters.NameAt(_hostState[StepState.BadOffset])}' "
                + "was not finite, and no update was made from it; a smaller --lr or --clip 1 usually helps.");
    }

    private static float[] Schedule(Recipe recipe, long steps)
    {
        var rows = new float[3 * steps];
        for (long step = 0; step < steps; step++)
        {
            rows[3 * step] = recipe.RateAt(step, steps);
            rows[3 * step + 1] = (float)(1 / (1 - Math.Pow(recipe.Beta1, step + 1)));
            rows[3 * step + 2] = (float)(1 / Math.Sqrt(1 - Math.Pow(recipe.Beta2, step + 1)));
        }
        return rows;
    }

    public void Dispose()
    {
        foreach (IDisposable buffer in (ReadOnlySpan<IDisposable>)[_first, _second, _norm, _schedule, _history, _state])
            buffer.Dispose();
    }
}
