using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Training;

/// <summary>One training step of a recipe's network and all that it needs on the device: the samples, the parameters,
/// their gradients, Adam's moments. Everything is allocated in the constructor; the phases allocate nothing, do not
/// wait for the device, and on it always take the same arguments for the same batch size.</summary>
public sealed class TrainingStep : IDisposable
{
    /// <summary>The Philox stream that shuffles the samples, one index per epoch.</summary>
    public const uint ShuffleStream = 2;

    private readonly Engine _engine;
    private readonly Recipe _recipe;
    private readonly ulong _seed;
    private readonly int[] _order;
    private readonly Dictionary<int, IReplay> _replays = []; // by batch size: two, if an epoch's last is smaller
    private readonly DeviceBatch _batch;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _result;
    private readonly MemoryBuffer1D<float, Stride1D.Dense>? _classWeights;

    /// <param name="samples">Those to train on; they stay on the device.</param>
    /// <param name="seed">Decides the initial parameters, the order of the samples, what is dropped and how samples are
    /// moved.</param>
    /// <param name="steps">Of the whole run, for the schedule; null: the recipe's epochs over the samples.</param>
    /// <param name="features">Of sequences; null: the samples are images.</param>
    /// <param name="classWeights">[C] what a sample's loss is multiplied by, for its label; null: 1.</param>
    /// <exception cref="DeviceException">The device has too little memory.</exception>
    public TrainingStep(Engine engine, Recipe recipe, Samples samples, int classes, ulong seed,
        long? steps = null, float[]? classWeights = null, Features? features = null)
    {
        (_engine, _recipe, _seed, _order) = (engine, recipe, seed, new int[samples.Count]);
        Batch = Math.Min(recipe.Batch, samples.Count);
        PerEpoch = (samples.Count + Batch - 1) / Batch;
        NetworkSpec spec = recipe.Network(samples.TimeSteps, samples.InputSize, classes);
        Parameters = new(engine, spec.Parameters(), training: true);
        ParameterInitialiser.Initialise(Parameters, recipe.Initialisation, seed, recipe.ForgetBias);
        Optimizer = new(engine, recipe, Parameters, steps ?? (long)PerEpoch * recipe.Epochs);
        Network = new(engine, spec, Parameters, Batch, training: true, new(seed, Optimizer.State),
            hasLengths: samples.HasLengths);
        Source = BatchSource.Create(engine, samples, recipe.Scale(features), recipe.Augment, seed);
        _batch = new(engine, samples, Batch);
        _result = engine.Allocate<float>(2);
        if (classWeights != null)
            _classWeights = engine.Upload<float>(classWeights);
    }

    public ParameterSet Parameters { get; }

    public Network Network { get; }

    public Optimizer Optimizer { get; }

    /// <summary>Where the samples lie, in the order that they are taken in.</summary>
    public BatchSource Source { get; }

    /// <summary>Samples of a step; an epoch's last may have fewer.</summary>
    public int Batch { get; }

    /// <summary>Steps of an epoch.</summary>
    public int PerEpoch { get; }

    /// <summary>The batch's summed loss and hits, [2], after <see cref="Loss"/>.</summary>
    public ArrayView<float> Result => _result.View;

    /// <summary>Puts the samples into an epoch's order; the next step takes those from a position on.</summary>
    /// <param name="epoch">Counted from 1.</param>
    /// <param name="position">Samples of the epoch already taken.</param>
    public void BeginEpoch(int epoch, int position)
    {
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        new PhiloxRandom(_seed, ShuffleStream, (ulong)epoch).Shuffle<int>(_order);
        Source.SetOrder(_order);
        Optimizer.BeginEpoch(position);
    }

    /// <summary>The whole step; where the device can, as one recorded graph.</summary>
    public void Run(int batch)
    {
        if (!_replays.TryGetValue(batch, out IReplay? replay))
            _replays[batch] = replay = Record(batch);
        replay.Run();
    }

    private IReplay Record(int batch) => _engine.Record(() => RunPhases(batch)); // the closure is made here, once

    private void RunPhases(int batch)
    {
        Gather(batch);
        Forward(batch);
        Loss(batch);
        Backward(batch);
        Update(batch);
    }

    /// <summary>Fetches the batch at the step state's position.</summary>
    public void Gather(int batch) => Source.Load(batch, 0, Optimizer.State, _batch);

    /// <summary>The network's answers.</summary>
    public void Forward(int batch) => Network.Forward(batch, _batch.X, _batch.Lengths);

    /// <summary>Loss and hits of the answers, and the gradient by which backward starts.</summary>
    public void Loss(int batch) => Network.Loss(batch, _batch.Labels, _recipe.LabelSmoothing, _result.View,
        _classWeights?.View ?? default(ArrayView<float>));

    /// <summary>All gradients.</summary>
    public void Backward(int batch) => Network.Backward(batch, _batch.X);

    /// <summary>Clips, updates the parameters, and moves on to the next batch.</summary>
    public void Update(int batch) => Optimizer.Step(batch, _result.View);

    public void Dispose()
    {
        foreach (IDisposable part in (ReadOnlySpan<IDisposable>)
            [.. _replays.Values, Network, Optimizer, Parameters, Source, _batch, _result])
            part.Dispose();
        _classWeights?.Dispose();
    }
}
