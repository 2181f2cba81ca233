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
    private readonly long _steps;
    private readonly int[] _hostState = new int[StepState.Length];

    /// <param name="steps">Training steps of the whole run, for the schedule.</param>
    public Adam(Accelerator accelerator, Recipe recipe, ParameterSet parameters, long steps)
    {
        (_accelerator, _recipe, Parameters, _steps) = (accelerator, recipe, parameters, steps);
        _first = accelerator.Allocate<float>(parameters.Length);
        _second = accelerator.Allocate<float>(parameters.Length);
        _norm = accelerator.Allocate<float>(1);
        _history = accelerator.Allocate<float>(3 * HistoryRows);
        _state = accelerator.Allocate<int>(StepState.Length);
        _schedule = accelerator.Upload<float>(Schedule(recipe, steps, scale: 1));
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
            Norm = _norm.View, Result = result, State = _state.View, Schedule = _schedule.View,
            Beta1 = _recipe.Beta1, Beta2 = _recipe.Beta2, Epsilon = _recipe.Epsilon, WeightDecay = _recipe.WeightDecay, MaxNorm = _recipe.ClipNorm,
        });
        operations.EndStep(_state.View, batchSize, result, _norm.View, _history.View);
    }

    /// <summary>Puts the position to a sample of an epoch, 0 for its first.</summary>
    public void BeginEpoch(int position) => _state.View.Slice(StepState.Position, 1).CopyFrom([position]);

    /// <summary>Multiplies the schedule's learning rates; not within a step.</summary>
    public void ScaleRate(float scale) => _schedule.View.CopyFrom(Schedule(_recipe, _steps, scale));

    /// <summary>Waits for the device, and reads mean loss, hits and gradient norm of the steps from <paramref name="step"/> on.</summary>
    /// <param name="rows">[count, 3], overwritten.</param>
    /// <returns>The steps since the last call whose gradients or loss were not finite; their updates were skipped on the
    /// device.</returns>
    public SkippedSteps ReadHistory(long step, Span<float> rows)
    {
        int start = (int)(step % HistoryRows) * 3, untilEnd = Math.Min(rows.Length, 3 * HistoryRows - start);
        _history.View.Slice(start, untilEnd).CopyTo(rows[..untilEnd]);
        if (untilEnd < rows.Length)
            _history.View.Slice(0, rows.Length - untilEnd).CopyTo(rows[untilEnd..]);
        _state.View.CopyTo(_hostState);
        if (_hostState[StepState.Skipped] == 0)
            return default;
        _state.View.Slice(StepState.Skipped, 1).CopyFrom([0]); // the device records the first one after a zero
        int bad = _hostState[StepState.BadOffset];
        return new(_hostState[StepState.Skipped], _hostState[StepState.FirstSkipped] + 1,
            bad == StepState.Loss ? null : Parameters.NameAt(bad));
    }

    private static float[] Schedule(Recipe recipe, long steps, float scale)
    {
        var rows = new float[3 * steps];
        for (long step = 0; step < steps; step++)
        {
            rows[3 * step] = recipe.RateAt(step, steps) * scale;
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
