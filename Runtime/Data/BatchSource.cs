using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Data;

/// <summary>Where batches come from: resident on the device or streamed, bytes or floats.</summary>
public interface IBatchSource : IDisposable
{
    /// <summary>Samples in all.</summary>
    int Count { get; }

    /// <summary>The order in which batches take the samples, a permutation of 0..Count.</summary>
    void SetOrder(ReadOnlySpan<int> order);

    /// <summary>Overwrites x [T, B, I] and labels [B] with the samples at start + the state's position in the
    /// order.</summary>
    /// <param name="state">The training state, or absent: position 0.</param>
    void Load(int batchSize, long start, ArrayView<int> state, ArrayView<float> x, ArrayView<int> labels);
}

/// <summary>A byte data set that sits on the device; batches are gathered and normalised there.</summary>
public sealed class ResidentBytes : IBatchSource
{
    private readonly Engine _engine;
    private readonly Samples _samples;
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> _items, _labels;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _order;
    private readonly float _scale, _shift;
    private readonly Augmentation _augmentation;
    private readonly ulong _seed;

    /// <summary>Values become (byte / 255 - mean) / deviation. The order starts as it lies.</summary>
    /// <param name="augmentation">How far samples are moved at random, as images; not at all when left out.</param>
    /// <param name="seed">Of that.</param>
    public ResidentBytes(Engine engine, Samples samples, float mean, float deviation,
        Augmentation augmentation = default, ulong seed = 0)
    {
        (_augmentation, _seed) = (augmentation, seed);
        (_engine, _samples) = (engine, samples);
        (_scale, _shift) = (1 / (255 * deviation), -mean / deviation);
        _items = engine.Upload<byte>(samples.Items);
        _labels = engine.Upload<byte>(samples.Labels);
        _order = engine.Allocate<int>(samples.Count);
        SetOrder([.. Enumerable.Range(0, samples.Count)]);
    }

    public int Count => _samples.Count;

    public void SetOrder(ReadOnlySpan<int> order) => _engine.Write(_order.View, order);

    public void Load(int batchSize, long start, ArrayView<int> state, ArrayView<float> x, ArrayView<int> labels) =>
        _engine.Operations.GatherBatch(new()
    {
        BatchSize = batchSize, TimeSteps = _samples.TimeSteps, InputSize = _samples.InputSize,
        Items = _items.View, ItemLabels = _labels.View, Order = _order.View, State = state, Start = start,
        Scale = _scale, Shift = _shift, Augmentation = _augmentation, Seed = _seed, X = x, Labels = labels,
    });

    public void Dispose()
    {
        _items.Dispose();
        _labels.Dispose();
        _order.Dispose();
    }
}
