using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Data;

/// <summary>Samples that sit on the device, where batches are gathered from them.</summary>
public abstract class BatchSource : IDisposable
{
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> _labels;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _order;

    private protected BatchSource(Engine engine, Samples samples)
    {
        (Engine, Count) = (engine, samples.Count);
        _labels = engine.Upload<byte>(samples.Labels);
        _order = engine.Allocate<int>(samples.Count);
        SetOrder([.. Enumerable.Range(0, samples.Count)]);
    }

    /// <param name="scale">How their values become the network's inputs.</param>
    /// <param name="augmentation">How far images are moved at random; not at all when left out.</param>
    /// <param name="seed">Of that.</param>
    public static BatchSource Create(Engine engine, Samples samples, InputScale scale,
        Augmentation augmentation = default, ulong seed = 0) => samples switch
    {
        SequenceSamples sequences => new ResidentSequences(engine, sequences, scale),
        _ => new ResidentImages(engine, (ImageSamples)samples, scale, augmentation, seed),
    };

    /// <summary>Samples in all.</summary>
    public int Count { get; }

    private protected Engine Engine { get; }

    private protected ArrayView<byte> Labels => _labels.View;

    private protected ArrayView<int> Order => _order.View;

    /// <summary>The order in which batches take the samples, a permutation of 0..Count.</summary>
    public void SetOrder(ReadOnlySpan<int> order) => Engine.Write(_order.View, order);

    /// <summary>Overwrites the batch with the samples at start + the state's position in the order.</summary>
    /// <param name="state">The training state, or absent: position 0.</param>
    public abstract void Load(int size, long start, ArrayView<int> state, DeviceBatch batch);

    public void Dispose()
    {
        foreach (IDisposable part in (ReadOnlySpan<IDisposable>)[_labels, _order, .. Parts])
            part.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What else is to be disposed.</summary>
    private protected abstract IEnumerable<IDisposable> Parts { get; }
}

/// <summary>How values become a network's inputs.</summary>
/// <param name="Mean">Subtracted from pixels in 0..1.</param>
/// <param name="Deviation">Divides what is left.</param>
/// <param name="Features">Of sequences, in place of the two; null: the samples are images.</param>
public sealed record InputScale(float Mean, float Deviation, Features? Features = null);

/// <summary>Room for a batch on the device.</summary>
public sealed class DeviceBatch : IDisposable
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _x;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _labels;
    private readonly MemoryBuffer1D<int, Stride1D.Dense>? _lengths;

    /// <param name="samples">Those that it is for.</param>
    /// <param name="size">The largest B.</param>
    public DeviceBatch(Engine engine, Samples samples, int size)
    {
        _x = engine.Allocate<float>((long)size * samples.TimeSteps * samples.InputSize);
        _labels = engine.Allocate<int>(size);
        if (samples.HasLengths)
            _lengths = engine.Allocate<int>(size);
    }

    /// <summary>[T, B, I].</summary>
    public ArrayView<float> X => _x.View;

    /// <summary>[B].</summary>
    public ArrayView<int> Labels => _labels.View;

    /// <summary>[B] steps of each sequence; absent: all have T.</summary>
    public ArrayView<int> Lengths => _lengths?.View ?? default(ArrayView<int>);

    public void Dispose()
    {
        _x.Dispose();
        _labels.Dispose();
        _lengths?.Dispose();
    }
}

/// <summary>Images as bytes; (byte / 255 - mean) / deviation is taken as a batch is gathered.</summary>
internal sealed class ResidentImages(
    Engine engine, ImageSamples samples, InputScale scale, Augmentation augmentation, ulong seed)
    : BatchSource(engine, samples)
{
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> _items = engine.Upload<byte>(samples.Items);

    public override void Load(int size, long start, ArrayView<int> state, DeviceBatch batch) =>
        Engine.Operations.GatherBatch(new()
    {
        BatchSize = size, TimeSteps = samples.TimeSteps, InputSize = samples.InputSize,
        Items = _items.View, ItemLabels = Labels, Order = Order, State = state, Start = start,
        Scale = 1 / (255 * scale.Deviation), Shift = -scale.Mean / scale.Deviation,
        Augmentation = augmentation, Seed = seed, X = batch.X, Labels = batch.Labels,
    });

    private protected override IEnumerable<IDisposable> Parts => [_items];
}

/// <summary>Sequences as normalised floats, one after the other.</summary>
internal sealed class ResidentSequences : BatchSource
{
    private readonly SequenceSamples _samples;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _values;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _starts, _lengths;

    public ResidentSequences(Engine engine, SequenceSamples samples, InputScale scale) : base(engine, samples)
    {
        _samples = samples;
        float[] normalised = new float[samples.Values.Length];
        for (int i = 0; i < samples.Count; i++)
            scale.Features!.Normalise(samples[i], normalised.AsSpan(samples.Starts[i] * samples.InputSize));
        _values = engine.Upload<float>(normalised);
        _starts = engine.Upload<int>(samples.Starts);
        _lengths = engine.Upload<int>(samples.Lengths);
    }

    public override void Load(int size, long start, ArrayView<int> state, DeviceBatch batch) =>
        Engine.Operations.GatherSequences(new()
    {
        BatchSize = size, TimeSteps = _samples.TimeSteps, InputSize = _samples.InputSize, Values = _values.View,
        Starts = _starts.View, ItemLengths = _lengths.View, ItemLabels = Labels, Order = Order, State = state,
        Start = start, X = batch.X, Labels = batch.Labels, Lengths = batch.Lengths,
    });

    private protected override IEnumerable<IDisposable> Parts => [_values, _starts, _lengths];
}
