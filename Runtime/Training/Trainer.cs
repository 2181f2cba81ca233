using System.Diagnostics;
using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>Trains a recipe's network on a data set. Everything is allocated in the constructor; a step allocates nothing.</summary>
public sealed class Trainer : IDisposable
{
    /// <summary>The Philox stream that shuffles the samples, one index per epoch.</summary>
    public const uint ShuffleStream = 2;

    private const int ReadEvery = 20; // steps between looks at the device, for the display

    private readonly Accelerator _accelerator;
    private readonly Recipe _recipe;
    private readonly ITrainingObserver _observer;
    private readonly ulong _seed;
    private readonly Network _network;
    private readonly Adam _adam;
    private readonly ResidentBytes _source;
    private readonly Evaluator _evaluator;
    private readonly DeviceBuffer<float> _x, _result;
    private readonly DeviceBuffer<int> _labels;
    private readonly int[] _order;
    private readonly float[] _history;
    private readonly int _testSamples;
    private readonly Stopwatch _clock = new(); // runs while training, not while evaluating
    private long _step, _read, _seen;
    private double _epochLoss, _epochHits;

    /// <param name="seed">Decides the initial parameters and the order of the samples.</param>
    /// <exception cref="DeviceException">The device has too little memory.</exception>
    public Trainer(Accelerator accelerator, Recipe recipe, Dataset data, ulong seed, ITrainingObserver observer)
    {
        (_accelerator, _recipe, _seed, _observer) = (accelerator, recipe, seed, observer);
        int batch = Math.Min(recipe.Batch, data.Train.Count);
        NetworkSpec spec = recipe.Network(data.Train.TimeSteps, data.Train.InputSize, data.Classes.Count);
        StepsPerEpoch = (data.Train.Count + batch - 1) / batch;
        Parameters = new(accelerator, spec.Parameters(), training: true);
        ParameterInitialiser.Initialise(Parameters, recipe.Initialisation, seed);
        _network = new(accelerator, spec, Parameters, batch, training: true);
        _adam = new(accelerator, recipe, Parameters, Steps);
        _source = new(accelerator, data.Train, recipe.Mean, recipe.Deviation);
        _evaluator = new(accelerator, spec, Parameters, data.Test, recipe.Mean, recipe.Deviation);
        _x = accelerator.Allocate<float>((long)batch * spec.TimeSteps * spec.InputSize);
        _labels = accelerator.Allocate<int>(batch);
        _result = accelerator.Allocate<float>(2);
        _order = new int[data.Train.Count];
        _history = new float[3 * Math.Min(Adam.HistoryCapacity, Math.Max(ReadEvery, recipe.LogEvery))];
        _testSamples = data.Test.Count;
    }

    public ParameterSet Parameters { get; }

    public NetworkSpec Network => _network.Spec;

    public int StepsPerEpoch { get; }

    public long Steps => (long)StepsPerEpoch * _recipe.Epochs;

    /// <summary>Trains to the end, or until <paramref name="cancel"/> asks to stop after the current step.</summary>
    /// <exception cref="GpuLstmException">Training diverged, or the device failed.</exception>
    public TrainingResult Run(CancellationToken cancel)
    {
        int epoch = 1;
        for (; epoch <= _recipe.Epochs && !cancel.IsCancellationRequested; epoch++)
            RunEpoch(epoch, cancel);
        _accelerator.Synchronize();
        Evaluation? first = _recipe.EvaluateFirst > 0 ? _evaluator.Evaluate(_recipe.EvaluateFirst) : null;
        bool interrupted = _step < Steps;
        return new(_evaluator.Evaluate(_testSamples), first, interrupted, (int)(_step / StepsPerEpoch), _step, _seen, _clock.Elapsed.TotalSeconds);
    }

    private void RunEpoch(int epoch, CancellationToken cancel)
    {
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        new PhiloxRandom(_seed, ShuffleStream, (ulong)epoch).Shuffle<int>(_order);
        _source.SetOrder(_order);
        _adam.BeginEpoch();
        (_epochLoss, _epochHits) = (0, 0);
        double begun = _clock.Elapsed.TotalSeconds;
        _clock.Start();
        for (int position = 0; position < _order.Length && !cancel.IsCancellationRequested; position += _network.MaxBatch)
        {
            Step(Math.Min(_network.MaxBatch, _order.Length - position));
            if (_step % ReadEvery == 0 || _step % _recipe.LogEvery == 0 || _step - _read >= _history.Length / 3)
                ReadBack(epoch);
            if (_recipe.EvaluateEvery > 0 && _step % _recipe.EvaluateEvery == 0)
                Test(epoch);
        }
        ReadBack(epoch);
        _clock.Stop();
        if (_step < (long)epoch * StepsPerEpoch)
            return; // interrupted: no epoch to report
        double seconds = _clock.Elapsed.TotalSeconds - begun;
        Evaluation test = _evaluator.Evaluate(_testSamples);
        _observer.OnEpoch(new(epoch, _step, _epochLoss / _order.Length, _epochHits / _order.Length, test.Loss, test.Accuracy, seconds, _order.Length / seconds));
    }

    /// <summary>One step on the device: gather, forward, loss, backward, clip, Adam.</summary>
    private void Step(int batch)
    {
        _source.Load(batch, 0, _adam.State, _x.View, _labels.View);
        _network.Forward(batch, _x.View);
        _network.Loss(batch, _labels.View, _recipe.LabelSmoothing, _result.View);
        _network.Backward(batch, _x.View);
        _adam.Step(batch, _result.View);
        _step++;
        _seen += batch;
    }

    /// <summary>Reads what the steps since the last look came to, logs those that are due and updates the display.</summary>
    private void ReadBack(int epoch)
    {
        int count = (int)(_step - _read);
        if (count == 0)
            return;
        Span<float> rows = _history.AsSpan(0, 3 * count);
        _adam.ReadHistory(_read, rows);
        float loss = 0, accuracy = 0;
        for (int row = 0; row < count; row++)
        {
            long step = ++_read;
            int batch = step % StepsPerEpoch == 0 ? _order.Length - (StepsPerEpoch - 1) * _network.MaxBatch : _network.MaxBatch;
            (loss, accuracy) = (rows[3 * row], rows[3 * row + 1] / batch);
            _epochLoss += loss * batch;
            _epochHits += rows[3 * row + 1];
            _observer.OnStep(new(step, epoch, loss, accuracy, rows[3 * row + 2], _recipe.RateAt(step - 1, Steps)), step % _recipe.LogEvery == 0);
        }
        double rate = _seen / _clock.Elapsed.TotalSeconds;
        long left = (long)_order.Length * _recipe.Epochs - _seen;
        _observer.OnProgress(new(epoch, _recipe.Epochs, _step, Steps, loss, accuracy, rate, TimeSpan.FromSeconds(left / rate)));
    }

    private void Test(int epoch)
    {
        _clock.Stop();
        int count = Math.Min(_recipe.EvaluateFirst > 0 ? _recipe.EvaluateFirst : _testSamples, _testSamples);
        Evaluation test = _evaluator.Evaluate(count);
        _observer.OnTest(new(_step, epoch, test.Loss, test.Accuracy, count));
        _clock.Start();
    }

    public void Dispose()
    {
        _network.Dispose();
        _adam.Dispose();
        _evaluator.Dispose();
        foreach (IDisposable buffer in (ReadOnlySpan<IDisposable>)[Parameters, _source, _x, _labels, _result])
            buffer.Dispose();
    }
}
