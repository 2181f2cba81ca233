using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Layers;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Training;

/// <summary>A recipe's optimiser over all parameters at once: its moments, the schedule and the step's counters, all on
/// the device.</summary>
public sealed class Optimizer : IDisposable
{
    /// <summary>Columns of what <see cref="EndReading"/> gives.</summary>
    public const int Columns = OptimizerPass.HistoryColumns;

    private const int HistoryRows = 4096;

    private readonly Engine _engine;
    private readonly Recipe _recipe;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _first, _second, _norm, _schedule, _history;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _state;
    private readonly ReadBack<float> _readHistory;
    private readonly ReadBack<int> _readState;
    private readonly long _steps;
    private readonly int[] _hostState = new int[StepState.Length];

    /// <param name="steps">Training steps of the whole run, for the schedule.</param>
    public Optimizer(Engine engine, Recipe recipe, ParameterSet parameters, long steps)
    {
        (_engine, _recipe, Parameters, _steps) = (engine, recipe, parameters, steps);
        _first = engine.Allocate<float>(parameters.Length);
        _second = engine.Allocate<float>(parameters.Length);
        _norm = engine.Allocate<float>(1);
        _history = engine.Allocate<float>(Columns * HistoryRows);
        _state = engine.Allocate<int>(StepState.Length);
        _readHistory = engine.CreateReadBack<float>(Columns * HistoryRows);
        _readState = engine.CreateReadBack<int>(StepState.Length);
        _schedule = engine.Upload<float>(Schedule(recipe, steps, scale: 1));
    }

    public ParameterSet Parameters { get; }

    /// <summary>First and second moments, flat as the parameters are.</summary>
    public (ArrayView<float> First, ArrayView<float> Second) Moments => (_first.View, _second.View);

    /// <summary>The step's counters; see <see cref="StepState"/>.</summary>
    public ArrayView<int> State => _state.View;

    /// <summary>Steps whose results are kept until they are read.</summary>
    public static int HistoryCapacity => HistoryRows;

    /// <summary>Clips, updates the parameters and ends the step.</summary>
    /// <param name="batchSize">Samples that are done with it.</param>
    /// <param name="result">[2] the batch's summed loss and hits.</param>
    /// <param name="count">[1] what the mean loss is over; absent: the samples.</param>
    /// <param name="pieceSteps">Steps of sequences by which the next piece begins later; 0: at their beginning.</param>
    public void Step(int batchSize, ArrayView<float> result, ArrayView<float> count = default, int pieceSteps = 0)
    {
        Operations operations = _engine.Operations;
        operations.GlobalNorm(Parameters.Gradients, _norm.View);
        operations.OptimizerStep(new()
        {
            Parameters = Parameters.Values, Gradients = Parameters.Gradients, FirstMoment = _first.View,
            SecondMoment = _second.View, Norm = _norm.View, Result = result, State = _state.View,
            Schedule = _schedule.View, Settings = _recipe.OptimizerSettings, BatchSize = batchSize,
            History = _history.View, Count = count, PieceSteps = pieceSteps,
        });
    }

    /// <summary>Puts the position to a sample of an epoch, 0 for its first, and a step of it.</summary>
    public void BeginEpoch(int position, int first = 0)
    {
        _engine.Write<int>(_state.View.Slice(StepState.Position, 1), [position]);
        _engine.Write<int>(_state.View.Slice(StepState.First, 1), [first]);
    }

    /// <summary>Multiplies the schedule's learning rates; not within a step.</summary>
    public void ScaleRate(float scale) => _engine.Write<float>(_schedule.View, Schedule(_recipe, _steps, scale));

    /// <summary>Whether <see cref="BeginReading"/> waits for the device, so that there is no sense in ending
    /// later.</summary>
    public bool ReadsAtOnce => _readHistory.IsImmediate;

    /// <summary>Asks for mean loss, hits, gradient norm and what the mean is over, of the steps from <paramref
    /// name="step"/> on.</summary>
    /// <param name="count">At most <see cref="HistoryCapacity"/>.</param>
    public void BeginReading(long step, int count)
    {
        int start = (int)(step % HistoryRows), untilEnd = Math.Min(count, HistoryRows - start);
        _readHistory.Begin(_history.View.Slice(Columns * start, Columns * untilEnd),
            _history.View.Slice(0, Columns * (count - untilEnd)));
        _readState.Begin(_state.View);
    }

    /// <summary>Waits for what was asked for: [count, 4], valid until the next <see cref="BeginReading"/>.</summary>
    /// <param name="skipped">The steps since the last call whose gradients or loss were not finite; their updates were
    /// skipped on the device.</param>
    public ReadOnlySpan<float> EndReading(out SkippedSteps skipped)
    {
        skipped = default;
        if (_readState.End()[StepState.Skipped] != 0)
        {
            // By now there may be more of them: the counter is taken, and put back, as it is between two steps.
            _engine.Read<int>(_state.View, _hostState);
            // The device records the first one after a zero.
            _engine.Write<int>(_state.View.Slice(StepState.Skipped, 1), [0]);
            int bad = _hostState[StepState.BadOffset];
            skipped = new(_hostState[StepState.Skipped], _hostState[StepState.FirstSkipped] + 1,
                bad == StepState.Loss ? null : Parameters.NameAt(bad));
        }
        return _readHistory.End();
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
        foreach (IDisposable buffer in (ReadOnlySpan<IDisposable>)
            [_first, _second, _norm, _schedule, _history, _state, _readHistory, _readState])
            buffer.Dispose();
    }
}
