using System.Diagnostics;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>What a trainer needs to save itself.</summary>
/// <param name="Store">Where.</param>
/// <param name="Settings">Kept in each checkpoint; says how often, and what follows a divergence.</param>
public sealed record Checkpointing(CheckpointStore Store, RunSettings Settings);

/// <summary>Trains a recipe's network on a data set. Everything is allocated in the constructor; a step allocates
/// nothing.</summary>
public sealed class Trainer : IDisposable
{
    private const int MaxRollbacks = 5;

    private readonly Engine _engine;
    private readonly Recipe _recipe;
    private readonly ITrainingObserver _observer;
    private readonly Checkpointing? _checkpointing;
    private readonly TrainingStep _step;
    private readonly StepReader _reader;
    private readonly Evaluator _evaluator;
    private readonly int _samples, _testSamples; // of an epoch, of a test
    private readonly Stopwatch _clock = new(); // runs while training, not while evaluating or saving
    private RunPosition _at = new();

    /// <param name="seed">Decides the initial parameters and the order of the samples.</param>
    /// <param name="checkpointing">Null: nothing is saved, and a divergence stops the run.</param>
    /// <exception cref="DeviceException">The device has too little memory.</exception>
    public Trainer(Engine engine, Recipe recipe, Dataset data, ulong seed, ITrainingObserver observer,
        Checkpointing? checkpointing = null)
    {
        (_engine, _recipe, _samples) = (engine, recipe, data.Train.Count);
        (_observer, _checkpointing) = (observer, checkpointing);
        _step = new(engine, recipe, data.Train, data.Classes.Count, seed);
        _reader = new(Adam, recipe, data.Train.Count, _step.Batch, observer, OnNan);
        _evaluator = new(engine, Network, Parameters, data.Test, recipe.Mean, recipe.Deviation);
        _testSamples = data.Test.Count;
    }

    public ParameterSet Parameters => _step.Parameters;

    public NetworkSpec Network => _step.Network.Spec;

    /// <summary>All that was logged so far.</summary>
    public RunHistory History => _reader.History;

    public int StepsPerEpoch => _step.PerEpoch;

    public long Steps => (long)StepsPerEpoch * _recipe.Epochs;

    private Adam Adam => _step.Adam;

    private OnNan OnNan => _checkpointing?.Settings.Checkpoints.OnNan ?? OnNan.Stop;

    private double Seconds => _at.Seconds + _clock.Elapsed.TotalSeconds;

    /// <summary>Trains to the end, or until <paramref name="cancel"/> asks to stop after the current step; then the
    /// state is saved.</summary>
    /// <exception cref="DivergenceException">Training diverged, and stopping is what the run wants then.</exception>
    /// <exception cref="GpuLstmException">The device failed, or a checkpoint could not be saved.</exception>
    public TrainingResult Run(CancellationToken cancel)
    {
        if (OnNan == OnNan.Rollback && _checkpointing!.Store.Files.Count == 0)
            Save(); // the first place to go back to
        while (_at.Step < Steps && !cancel.IsCancellationRequested)
            try
            {
                RunEpoch(cancel);
            }
            catch (DivergenceException e) when (OnNan == OnNan.Rollback)
            {
                RollBack(e);
            }
        _engine.Synchronize();
        bool interrupted = _at.Step < Steps;
        if (interrupted)
            Save();
        Evaluation? first = _recipe.EvaluateFirst > 0 ? _evaluator.Evaluate(_recipe.EvaluateFirst) : null;
        return new(_evaluator.Evaluate(_testSamples), first, interrupted, (int)(_at.Step / StepsPerEpoch), _at.Step,
            _at.Samples, _at.Seconds);
    }

    /// <summary>The whole state, as it stands between two steps.</summary>
    /// <exception cref="InvalidOperationException">The trainer was made without
    /// <see cref="Checkpointing"/>.</exception>
    public Checkpoint Capture()
    {
        RunSettings settings = _checkpointing?.Settings
            ?? throw new InvalidOperationException("A trainer without checkpointing has no settings to save.");
        return new(settings, _at with { }, History, StepsPerEpoch, Parameters.ToTensors(Parameters.Values),
            Parameters.ToTensors(Adam.Moments.First), Parameters.ToTensors(Adam.Moments.Second),
            Parameters.Engine.Read(Adam.State));
    }

    /// <summary>Goes on from a checkpoint of a run of the same settings.</summary>
    /// <exception cref="FileFormatException">Its tensors are not this network's.</exception>
    public void Restore(Checkpoint checkpoint)
    {
        if (checkpoint.StepsPerEpoch != StepsPerEpoch || checkpoint.StepState.Length != StepState.Length)
            throw new FileFormatException("The checkpoint is of a run with other steps.");
        Parameters.FromTensors(checkpoint.Parameters, Parameters.Values);
        Parameters.FromTensors(checkpoint.FirstMoments, Adam.Moments.First);
        Parameters.FromTensors(checkpoint.SecondMoments, Adam.Moments.Second);
        Parameters.Engine.Write<int>(Adam.State, checkpoint.StepState);
        _at = checkpoint.Position with { };
        Adam.ScaleRate(_at.RateScale);
        _clock.Reset();
        _reader.Restore(_at, checkpoint.History);
        _observer.OnRestored(History);
    }

    /// <summary>Trains what is left of the current epoch.</summary>
    private void RunEpoch(CancellationToken cancel)
    {
        int epoch = (int)(_at.Step / StepsPerEpoch) + 1, position = (int)(_at.Step % StepsPerEpoch) * _step.Batch;
        if (position == 0)
            _at.BeginEpoch();
        _step.BeginEpoch(epoch, position);
        _clock.Start();
        for (; position < _samples && !cancel.IsCancellationRequested; position += _step.Batch)
        {
            int batch = Math.Min(_step.Batch, _samples - position);
            _step.Run(batch);
            _at.Step++;
            _at.Samples += batch;
            if (_reader.IsDue(_at.Step))
                _reader.Look(_at, epoch, Seconds);
            if (_recipe.EvaluateEvery > 0 && _at.Step % _recipe.EvaluateEvery == 0)
                Test(epoch);
            if (_at.Step % StepsPerEpoch != 0) // after an epoch's last step its log comes first
                SaveWhenDue(epoch);
        }
        _reader.Catch(_at, epoch, Seconds);
        StopClock();
        if (_at.Step < (long)epoch * StepsPerEpoch)
            return; // interrupted: no epoch to report
        Evaluation test = _evaluator.Evaluate(_testSamples);
        var log = new EpochLog(epoch, _at.Step, _at.EpochLoss / _at.EpochLossSamples, _at.EpochHits / _samples,
            test.Loss, test.Accuracy, _at.EpochSeconds, _samples / _at.EpochSeconds);
        History.Epochs.Add(log);
        _observer.OnEpoch(log);
        SaveWhenDue(epoch);
    }

    private void Test(int epoch)
    {
        StopClock();
        int count = Math.Min(_recipe.EvaluateFirst > 0 ? _recipe.EvaluateFirst : _testSamples, _testSamples);
        Evaluation test = _evaluator.Evaluate(count);
        var log = new TestLog(_at.Step, epoch, test.Loss, test.Accuracy, count);
        History.Tests.Add(log);
        _observer.OnTest(log);
        _clock.Start();
    }

    /// <summary>Saves a checkpoint where the run's settings want one; none after the last step, where the model itself
    /// is saved.</summary>
    private void SaveWhenDue(int epoch)
    {
        if (_checkpointing?.Settings.Checkpoints.Due(_at.Step, StepsPerEpoch) != true || _at.Step == Steps)
            return;
        bool training = _clock.IsRunning;
        _reader.Catch(_at, epoch, Seconds);
        StopClock();
        Save();
        if (training)
            _clock.Start();
    }

    private void Save() => _checkpointing?.Store.Save(Capture());

    private void RollBack(DivergenceException divergence)
    {
        int rollbacks = _at.Rollbacks + 1;
        if (rollbacks > MaxRollbacks)
            throw new GpuLstmException($"{divergence.Message.TrimEnd('.')} (gave up after {MaxRollbacks} rollbacks).",
                divergence);
        Checkpoint last = _checkpointing!.Store.Latest(_observer.OnNotice) ?? throw divergence;
        Restore(last);
        _at.Rollbacks = rollbacks;
        Adam.ScaleRate(_at.RateScale);
        _observer.OnNotice($"Training diverged: {divergence.Skipped.Sentence}; "
            + $"it goes on from step {_at.Step} with {_at.RateScale} of the learning rate.");
    }

    private void StopClock()
    {
        _clock.Stop();
        double elapsed = _clock.Elapsed.TotalSeconds;
        _at.Seconds += elapsed;
        _at.EpochSeconds += elapsed;
        _clock.Reset();
    }

    public void Dispose()
    {
        _step.Dispose();
        _evaluator.Dispose();
    }
}
