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
    private readonly Dictionary<(int Batch, int State, bool IsLast), IReplay> _replays = [];
    private readonly DeviceBatch _batch;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _result;
    private readonly MemoryBuffer1D<float, Stride1D.Dense>? _classWeights, _count;
    private readonly LstmState[] _states = []; // what a piece ends with, and the next begins with, in turn
    private int _piece;

    /// <param name="samples">Those to train on; they stay on the device.</param>
    /// <param name="seed">Decides the initial parameters, the order of the samples, what is dropped and how samples are
    /// moved.</param>
    /// <param name="steps">Of the whole run, for the schedule; null: the recipe's epochs over the samples.</param>
    /// <param name="scale">How values become inputs; null: as pixels.</param>
    /// <param name="classWeights">[C] what a sample's loss is multiplied by, for its label; null: 1.</param>
    /// <exception cref="DeviceException">The device has too little memory.</exception>
    public TrainingStep(Engine engine, Recipe recipe, Samples samples, int classes, ulong seed,
        long? steps = null, float[]? classWeights = null, InputScale? scale = null)
    {
        (_engine, _recipe, _seed, _order) = (engine, recipe, seed, new int[samples.Count]);
        Batch = Math.Min(recipe.Batch, samples.Count);
        PerEpoch = recipe.StepsPerEpoch(samples.Count, samples.TimeSteps, samples.Head);
        PieceSteps = recipe.PieceSteps(samples.TimeSteps, samples.Head);
        NetworkSpec spec = recipe.Network(samples, classes);
        Spec = spec;
        Parameters = new(engine, spec.Parameters(), training: true);
        ParameterInitialiser.Initialise(Parameters, recipe.Initialisation, seed, recipe.ForgetBias);
        Optimizer = new(engine, recipe, Parameters, steps ?? (long)PerEpoch * recipe.Epochs);
        Network = new(engine, spec with { TimeSteps = PieceSteps }, Parameters, Batch, training: true,
            new(seed, Optimizer.State), hasLengths: samples.HasLengths && PieceSteps == samples.TimeSteps);
        Source = BatchSource.Create(engine, samples, scale ?? recipe.Scale(null), recipe.Augment, seed);
        _batch = new(engine, samples, Batch, PieceSteps);
        _result = engine.Allocate<float>(2);
        if (classWeights != null)
            _classWeights = engine.Upload<float>(classWeights);
        if (samples.Head == Head.StepClasses)
            _count = engine.Allocate<float>(1);
        Pieces = (samples.TimeSteps + PieceSteps - 1) / PieceSteps;
        if (Pieces > 1)
            _states = [new(engine, spec.Stack, Batch), new(engine, spec.Stack, Batch)];
    }

    public ParameterSet Parameters { get; }

    /// <summary>The network for whole sequences.</summary>
    public NetworkSpec Spec { get; }

    /// <summary>The network for a piece of them.</summary>
    public Network Network { get; }

    public Optimizer Optimizer { get; }

    /// <summary>Where the samples lie, in the order that they are taken in.</summary>
    public BatchSource Source { get; }

    /// <summary>Samples of a step; an epoch's last may have fewer.</summary>
    public int Batch { get; }

    /// <summary>Steps of an epoch: one for each piece of each batch.</summary>
    public int PerEpoch { get; }

    /// <summary>Pieces that a batch is read in, one after the other.</summary>
    public int Pieces { get; }

    /// <summary>Steps of a piece.</summary>
    public int PieceSteps { get; }

    /// <summary>The batch's summed loss and hits, [2], after <see cref="Loss"/>.</summary>
    public ArrayView<float> Result => _result.View;

    /// <summary>What the next piece begins with; null: zero, or sequences are read whole.</summary>
    public LstmState? Carried => _piece == 0 ? null : _states[_piece % 2];

    /// <summary>Puts the samples into an epoch's order; the next step takes those from a position on.</summary>
    /// <param name="epoch">Counted from 1.</param>
    /// <param name="position">Samples of the epoch already taken.</param>
    /// <param name="piece">Pieces of the next batch already taken.</param>
    public void BeginEpoch(int epoch, int position, int piece = 0)
    {
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        new PhiloxRandom(_seed, ShuffleStream, (ulong)epoch).Shuffle<int>(_order);
        Source.SetOrder(_order);
        _piece = piece;
        Optimizer.BeginEpoch(position, piece * PieceSteps);
    }

    /// <summary>The whole step, of the next piece; where the device can, as one recorded graph.</summary>
    /// <returns>Samples that are done with it.</returns>
    public int Run(int batch)
    {
        bool isLast = _piece == Pieces - 1;
        (int, int, bool) key = (batch, _piece == 0 ? 0 : 1 + _piece % 2, isLast); // its arguments are always the same
        if (!_replays.TryGetValue(key, out IReplay? replay))
            _replays[key] = replay = Record(batch);
        replay.Run();
        _piece = isLast ? 0 : _piece + 1;
        return isLast ? batch : 0;
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
    public void Forward(int batch) => Network.Forward(
        batch, _batch.X, _batch.Lengths, Carried, Pieces == 1 ? null : _states[(_piece + 1) % 2]);

    /// <summary>Loss and hits of the answers, and the gradient by which backward starts.</summary>
    public void Loss(int batch)
    {
        ArrayView<float> weights = _classWeights?.View ?? default(ArrayView<float>);
        switch (Spec.Head)
        {
            case Head.Values:
                Network.Loss(batch, _batch.Targets, _recipe.Loss, _recipe.HuberDelta, _result.View);
                break;
            case Head.StepClasses:
                ArrayView<int> labels = _batch.StepLabels.Slice(0, Network.RowsOf(batch));
                _engine.Operations.CountLabels(labels, Count);
                Network.Loss(batch, labels, _recipe.LabelSmoothing, _result.View, weights, Count);
                break;
            default:
                Network.Loss(batch, _batch.Labels, _recipe.LabelSmoothing, _result.View, weights);
                break;
        }
    }

    /// <summary>[1] labels that the mean loss of a step is over; absent: samples are.</summary>
    private ArrayView<float> Count => _count?.View ?? default(ArrayView<float>);

    /// <summary>All gradients.</summary>
    public void Backward(int batch) => Network.Backward(batch, _batch.X);

    /// <summary>Clips, updates the parameters, and moves on to the next piece, or batch.</summary>
    public void Update(int batch)
    {
        bool isLast = _piece == Pieces - 1;
        Optimizer.Step(isLast ? batch : 0, _result.View, Count, isLast ? 0 : PieceSteps);
    }

    public void Dispose()
    {
        foreach (IDisposable part in (ReadOnlySpan<IDisposable>)
            [.. _replays.Values, Network, Optimizer, Parameters, Source, _batch, _result])
            part.Dispose();
        foreach (IDisposable? part in (ReadOnlySpan<IDisposable?>)[_classWeights, _count, .. _states])
            part?.Dispose();
    }
}
