using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>Reads back, several at a time, what the steps on the device came to: adds them up, keeps and tells
/// them.</summary>
internal sealed class StepReader
{
    private const int ReadEvery = 20; // steps between looks at the device, for the display
    private const int SlowMilliseconds = 2000; // a display that stands still for longer seems dead
    private const int ReservedSteps = 1 << 18; // so many enter the history without an allocation

    private readonly Optimizer _optimizer;
    private readonly Recipe _recipe;
    private readonly ITrainingObserver _observer;
    private readonly OnNan _onNan;
    private readonly int _stepsPerEpoch;
    private readonly bool _hasHits;
    private readonly int _capacity; // steps of one reading
    private long _read, _asked;
    private long _looked = Environment.TickCount64;

    public StepReader(TrainingStep step, Recipe recipe, ITrainingObserver observer, OnNan onNan)
    {
        (_optimizer, _recipe, _stepsPerEpoch) = (step.Optimizer, recipe, step.PerEpoch);
        (_observer, _onNan, _hasHits) = (observer, onNan, step.Spec.Head != Head.Values);
        _capacity = Math.Min(Optimizer.HistoryCapacity, Math.Max(ReadEvery, recipe.LogEvery));
        History = NewHistory();
    }

    public RunHistory History { get; private set; }

    private long Steps => (long)_stepsPerEpoch * _recipe.Epochs;

    /// <summary>Goes on after the steps of a checkpoint.</summary>
    public void Restore(RunPosition position, RunHistory history)
    {
        _read = _asked = position.Step;
        History = NewHistory();
        History.Steps.AddRange(history.Steps);
        History.Tests.AddRange(history.Tests);
        History.Epochs.AddRange(history.Epochs);
    }

    /// <summary>Whether it is time to look: for the display, for the log, or before the device's history runs
    /// over.</summary>
    public bool IsDue(long step) =>
        step % ReadEvery == 0 || step % _recipe.LogEvery == 0 || step - _asked >= _capacity
        || Environment.TickCount64 - _looked > SlowMilliseconds;

    /// <summary>Takes what was asked for the last time, and asks for the steps done since; where that means waiting for
    /// the device anyway, takes them too.</summary>
    /// <exception cref="DivergenceException">The gradients of a step were not finite, and skipping is not what the run
    /// wants.</exception>
    public void Look(RunPosition at, int epoch, double seconds)
    {
        Take(at, epoch, seconds);
        int count = (int)(at.Step - _asked);
        if (count == 0)
            return;
        _optimizer.BeginReading(_asked, count);
        _looked = Environment.TickCount64;
        _asked = at.Step;
        if (_optimizer.ReadsAtOnce)
            Take(at, epoch, seconds);
    }

    /// <summary>As <see cref="Look"/>, and waits for all the steps done.</summary>
    public void Catch(RunPosition at, int epoch, double seconds)
    {
        Look(at, epoch, seconds);
        Take(at, epoch, seconds);
    }

    /// <summary>Waits for the steps asked for, and tells them.</summary>
    private void Take(RunPosition at, int epoch, double seconds)
    {
        int count = (int)(_asked - _read);
        if (count == 0)
            return;
        ReadOnlySpan<float> rows = _optimizer.EndReading(out SkippedSteps skipped)[..(Optimizer.Columns * count)];
        if (skipped.Count > 0 && _onNan != OnNan.Skip)
            throw new DivergenceException(skipped);
        if (skipped.Count > 0)
            _observer.OnNotice($"{skipped.Count} update(s) skipped: {skipped.Sentence}.");
        float loss = 0;
        float? accuracy = null;
        for (; !rows.IsEmpty; rows = rows[Optimizer.Columns..])
        {
            long step = ++_read;
            float hits = rows[1], answers = rows[3];
            loss = rows[0];
            accuracy = _hasHits ? hits / answers : null;
            at.Add(loss, hits, (int)answers);
            var log = new StepLog(step, epoch, loss, accuracy, rows[2],
                _recipe.RateAt(step - 1, Steps) * at.RateScale);
            History.Steps.Add(log);
            _observer.OnStep(log, History.IsLogged(step));
        }
        _observer.OnProgress(new(epoch, _recipe.Epochs, at.Step, Steps, loss, accuracy, at.Samples / seconds,
            TimeSpan.FromSeconds((Steps - at.Step) * (seconds / at.Step))));
    }

    private RunHistory NewHistory()
    {
        var history = new RunHistory(_recipe.LogEvery);
        history.Steps.EnsureCapacity((int)Math.Min(Steps, ReservedSteps));
        return history;
    }
}
