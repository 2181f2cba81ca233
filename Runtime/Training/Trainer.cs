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
    private readonly ModelSelection? _selection; // where there are validation samples
    private readonly int _samples, _testSamples; // of an epoch, of a test
    private readonly Stopwatch _clock = new(); // runs while training, not while evaluating or saving
    private RunPosition _at = new();
    private long _saved = -1; // the step of the last checkpoint
    private IReadOnlyList<Tensor> _carried = []; // what a restored piece begins with

    /// <param name="seed">Decides the initial parameters and the order of the samples.</param>
    /// <param name="checkpointing">Null: nothing is saved, and a divergence stops the run.</param>
    /// <exception cref="DeviceException">The device has too little memory.</exception>
    public Trainer(Engine engine, Recipe recipe, Dataset data, ulong seed, ITrainingObserver observer,
        Checkpointing? checkpointing = null)
    {
        (_engine, _recipe, _samples) = (engine, recipe, data.Train.Count);
        (_observer, _checkpointing) = (observer, checkpointing);
        InputScale scale = recipe.Scale(data.Features, data.Targets);
        _step = new(engine, recipe, data.Train, data.Classes.Count, seed,
            classWeights: ClassWeights.Of(recipe.ClassWeights, data), scale: scale);
        _reader = new(_step, recipe, observer, OnNan);
        _evaluator = new(engine, Network, Parameters, data.Test, scale, recipe: recipe);
        _testSamples = data.Test.Count;
        if (data.Validation.Count > 0)
            _selection = new(engine, Network, Parameters, data.Validation, scale,
                checkpointing?.Settings.Selection ?? new(), recipe);
    }

    public ParameterSet Parameters => _step.Parameters;

    public NetworkSpec Network => _step.Spec;

    /// <summary>All that was logged so far.</summary>
    public RunHistory History => _reader.History;

    public int StepsPerEpoch => _step.PerEpoch;

    public long Steps => (long)StepsPerEpoch * _recipe.Epochs;

    private Optimizer Optimizer => _step.Optimizer;

    private OnNan OnNan => _checkpointing?.Settings.Checkpoints.OnNan ?? OnNan.Stop;

    private double Seconds => _at.Seconds + _clock.Elapsed.TotalSeconds;

    /// <summary>Trains to the end, or until <paramref name="cancel"/> asks to stop after the current step; then the
    /// state is saved.</summary>
    /// <exception cref="DivergenceException">Training diverged, and stopping is what the run wants then.</exception>
    /// <exception cref="GpuLstmException">The device failed.</exception>
    public TrainingResult Run(CancellationToken cancel)
    {
        StorageException? failure = null;
        try
        {
            if (IsSaving && _at.Step == 0)
                Save(); // what a run that is killed in its first epoch begins with again, and the last to go back to
            while (_at.Step < Steps && !StopsEarly && !cancel.IsCancellationRequested)
                try
                {
                    RunEpoch(cancel);
                }
                catch (DivergenceException e) when (OnNan == OnNan.Rollback)
                {
                    RollBack(e);
                }
            if (_at.Step > _saved && (IsSaving || (_at.Step < Steps && !StopsEarly)))
                Save(); // to go on from, or to be extended from
        }
        catch (StorageException e)
        {
            failure = e; // what there is of the run is still the caller's
        }
        _engine.Synchronize();
        _clock.Reset();
        bool interrupted = _at.Step < Steps && !StopsEarly;
        BestModel? best = TestBest();
        Evaluation? first = _recipe.EvaluateFirst > 0 ? Evaluate(_recipe.EvaluateFirst) : null;
        return new(Evaluate(_testSamples), first, interrupted, (int)(_at.Step / StepsPerEpoch), _at.Step,
            _at.Samples, _at.Seconds) { Best = best, StoppedEarly = StopsEarly && _at.Step < Steps,
            Failure = failure };
    }

    private Evaluation Evaluate(int count) => _evaluator.Evaluate(count, done => _observer.OnEvaluating(done, count));

    private bool StopsEarly => _selection?.IsOver(_at) == true;

    /// <summary>The best model on the test set; the network is as it was before.</summary>
    private BestModel? TestBest()
    {
        if (_selection?.Best is not { } best)
            return null;
        IReadOnlyList<Tensor> last = Parameters.ToTensors(Parameters.Values);
        Parameters.FromTensors(best, Parameters.Values);
        Evaluation test = Evaluate(_testSamples);
        Parameters.FromTensors(last, Parameters.Values);
        return new(_at.BestEpoch, _at.BestLoss, test.Accuracy is null ? null : _at.BestAccuracy, best, test);
    }

    /// <summary>The whole state, as it stands between two steps.</summary>
    /// <exception cref="InvalidOperationException">The trainer was made without
    /// <see cref="Checkpointing"/>.</exception>
    public Checkpoint Capture()
    {
        RunSettings settings = _checkpointing?.Settings
            ?? throw new InvalidOperationException("A trainer without checkpointing has no settings to save.");
        return new(settings, _at with { }, History, StepsPerEpoch, Parameters.ToTensors(Parameters.Values),
            Parameters.ToTensors(Optimizer.Moments.First), Parameters.ToTensors(Optimizer.Moments.Second),
            Parameters.Engine.Read(Optimizer.State))
        {
            Best = _selection?.Best ?? [], Carried = _step.Carried?.ToTensors() ?? [],
        };
    }

    /// <summary>Goes on from a checkpoint of a run of the same settings.</summary>
    /// <exception cref="FileFormatException">Its tensors are not this network's.</exception>
    public void Restore(Checkpoint checkpoint)
    {
        if (checkpoint.StepsPerEpoch != StepsPerEpoch || checkpoint.StepState.Length != StepState.Length)
            throw new FileFormatException("The checkpoint is of a run with other steps.");
        Parameters.FromTensors(checkpoint.Parameters, Parameters.Values);
        Parameters.FromTensors(checkpoint.FirstMoments, Optimizer.Moments.First);
        Parameters.FromTensors(checkpoint.SecondMoments, Optimizer.Moments.Second);
        Parameters.Engine.Write<int>(Optimizer.State, checkpoint.StepState);
        _at = checkpoint.Position with { };
        (_saved, _carried) = (_at.Step, checkpoint.Carried);
        if (_selection != null)
        {
            _selection.Best = checkpoint.Best is { Count: > 0 } best ? best : null;
            if (_selection.Best != null)
                _observer.OnBest(_selection.Best);
        }
        Optimizer.ScaleRate(_at.RateScale);
        _clock.Reset();
        _reader.Restore(_at, checkpoint.History);
        _observer.OnRestored(History);
    }

    /// <summary>Trains what is left of the current epoch.</summary>
    private void RunEpoch(CancellationToken cancel)
    {
        int epoch = (int)(_at.Step / StepsPerEpoch) + 1, done = (int)(_at.Step % StepsPerEpoch);
        int position = done / _step.Pieces * _step.Batch;
        if (done == 0)
            _at.BeginEpoch();
        _step.BeginEpoch(epoch, position, done % _step.Pieces);
        if (_carried.Count > 0)
            _step.Carried?.FromTensors(_carried);
        _carried = [];
        _clock.Start();
        while (position < _samples && !cancel.IsCancellationRequested)
        {
            int taken = _step.Run(Math.Min(_step.Batch, _samples - position));
            position += taken;
            _at.Step++;
            _at.Samples += taken;
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
        Evaluation test = Evaluate(_testSamples);
        Evaluation? validation = _selection?.Judge(_at, epoch);
        var log = new EpochLog(epoch, _at.Step, _at.EpochLoss / _at.EpochLossSamples, TrainAccuracy,
            test.Loss, test.Accuracy, _at.EpochSeconds, _samples / _at.EpochSeconds)
        {
            ValidationLoss = validation?.Loss, ValidationAccuracy = validation?.Accuracy,
            TestRmse = test.Rmse, ValidationRmse = validation?.Rmse,
        };
        History.Epochs.Add(log);
        if (_recipe.Schedule == LearningRateSchedule.Plateau
            && _at.WatchPlateau(log.ValidationLoss ?? log.TrainLoss, _recipe.PlateauPatience, _recipe.Factor))
            Optimizer.ScaleRate(_at.RateScale);
        _observer.OnEpoch(log);
        if (_at.BestEpoch == epoch)
            _observer.OnBest(_selection!.Best!);
        SaveWhenDue(epoch);
    }

    /// <summary>Of the epoch's answers; null where they are numbers.</summary>
    private double? TrainAccuracy => Network.Head switch
    {
        Head.Values => null,
        Head.StepClasses => _at.EpochHits / _at.EpochAnswers,
        _ => _at.EpochHits / _samples,
    };

    private void Test(int epoch)
    {
        StopClock();
        int count = Math.Min(_recipe.EvaluateFirst > 0 ? _recipe.EvaluateFirst : _testSamples, _testSamples);
        Evaluation test = Evaluate(count);
        var log = new TestLog(_at.Step, epoch, test.Loss, test.Accuracy, count) { Rmse = test.Rmse };
        History.Tests.Add(log);
        _observer.OnTest(log);
        _clock.Start();
    }

    /// <summary>Saves a checkpoint where the run's settings want one; after the last step too, so that the run can be
    /// extended.</summary>
    private void SaveWhenDue(int epoch)
    {
        if (_checkpointing?.Settings.Checkpoints.Due(_at.Step, StepsPerEpoch) != true)
            return;
        bool training = _clock.IsRunning;
        _reader.Catch(_at, epoch, Seconds);
        StopClock();
        Save();
        if (training)
            _clock.Start();
    }

    private void Save()
    {
        _checkpointing?.Store.Save(Capture());
        _saved = _at.Step;
    }

    private bool IsSaving => _checkpointing?.Settings.Checkpoints is { EveryEpoch: true } or { EverySteps: > 0 }
        || OnNan == OnNan.Rollback;

    private void RollBack(DivergenceException divergence)
    {
        int rollbacks = _at.Rollbacks + 1;
        if (rollbacks > MaxRollbacks)
            throw new GpuLstmException($"{divergence.Message.TrimEnd('.')} (gave up after {MaxRollbacks} rollbacks).",
                divergence);
        CheckpointStore store = _checkpointing!.Store;
        Checkpoint last = store.Latest(_observer.OnNotice, checkpoint => checkpoint.IsHealthy) ?? throw divergence;
        long before = _at.WentBackTo;
        if (last.Position.Step <= before) // it led into the same trouble: its weights were on their way out already
            last = store.Latest(_observer.OnNotice, c => c.IsHealthy && c.Position.Step < before) ?? last;
        Restore(last);
        _at.WentBackTo = last.Position.Step;
        _at.Rollbacks = rollbacks;
        Optimizer.ScaleRate(_at.RateScale);
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
        _selection?.Dispose();
    }
}
