using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>Reads back, several at a time, what the steps on the device came to: adds them up, keeps and tells
/// them.</summary>
internal sealed class StepReader
{
    private const int ReadEvery = 20; // steps between looks at the device, for the display
    private const int ReservedSteps = 1 << 18; // so many enter the history without an allocation

    private readonly Adam _adam;
    private readonly Recipe _recipe;
    private readonly ITrainingObserver _observer;
    private readonly OnNan _onNan;
    private readonly int _samples, _batch, _stepsPerEpoch;
    private readonly float[] _rows;
    private long _read;

    /// <param name="samples">Of an epoch.</param>
    public StepReader(Adam adam, Recipe recipe, int samples, int batch, ITrainingObserver observer, OnNan onNan)
    {
        (_adam, _recipe, _samples, _batch, _observer, _onNan) = (adam, recipe, samples, batch, observer, onNan);
        _stepsPerEpoch = (samples + batch - 1) / batch;
        _rows = new float[3 * Math.Min(Adam.HistoryCapacity, Math.Max(ReadEvery, recipe.LogEvery))];
        History = NewHistory();
    }

    public RunHistory History { get; private set; }

    private long Steps => (long)_stepsPerEpoch * _recipe.Epochs;

    /// <summary>Goes on after the steps of a checkpoint.</summary>
    public void Restore(RunPosition position, RunHistory history)
    {
        _read = position.Step;
        History = NewHistory();
        History.Steps.AddRange(history.Steps);
        History.Tests.AddRange(history.Tests);
        History.Epochs.AddRange(history.Epochs);
    }

    /// <summary>Whether it is time to look: for the display, for the log, or before the device's history runs
    /// over.</summary>
    public bool IsDue(long step) =>
        step % ReadEvery == 0 || step % _recipe.LogEvery == 0 || step - _read >= _rows.Length / 3;

    /// <summary>Reads the steps done since the last time.</summary>
    /// <exception cref="DivergenceException">The gradients of one were not finite, and skipping is not what the run
    /// wants.</exception>
    public void Read(RunPosition at, int epoch, double seconds)
    {
        int count = (int)(at.Step - _read);
        if (count == 0)
            return;
        Span<float> rows = _rows.AsSpan(0, 3 * count);
        SkippedSteps skipped = _adam.ReadHistory(_read, rows);
        if (skipped.Count > 0 && _onNan != OnNan.Skip)
            throw new DivergenceException(skipped);
        if (skipped.Count > 0)
            _observer.OnNotice($"{skipped.Count} update(s) skipped: {skipped.Sentence}.");
        float loss = 0, accuracy = 0;
        for (int row = 0; row < count; row++)
        {
            long step = ++_read;
            int batch = step % _stepsPerEpoch == 0 ? _samples - (_stepsPerEpoch - 1) * _batch : _batch;
            (loss, accuracy) = (rows[3 * row], rows[3 * row + 1] / batch);
            at.Add(loss, rows[3 * row + 1], batch);
            var log = new StepLog(step, epoch, loss, accuracy, rows[3 * row + 2],
                _recipe.RateAt(step - 1, Steps) * at.RateScale);
            History.Steps.Add(log);
            _observer.OnStep(log, History.IsLogged(step));
        }
        double rate = at.Samples / seconds;
        long left = (long)_samples * _recipe.Epochs - at.Samples;
        _observer.OnProgress(
            new(epoch, _recipe.Epochs, at.Step, Steps, loss, accuracy, rate, TimeSpan.FromSeconds(left / rate)));
    }

    private RunHistory NewHistory()
    {
        var history = new RunHistory(_recipe.LogEvery);
        history.Steps.EnsureCapacity((int)Math.Min(Steps, ReservedSteps));
        return history;
    }
}
