using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;

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
    void Load(int batchSize, long start, BufferView<int> state, BufferView<float> x, BufferView<int> labels);
}

/// <summary>A byte data set that sits on the device; batches are gathered and normalised there.</summary>
public sealed class ResidentBytes : IBatchSource
{
    private readonly Accelerator _accelerator;
    private readonly Samples _samples;
    private readonly DeviceBuffer<byte> _items, _labels;
    private readonly DeviceBuffer<int> _order;
    private readonly float _scale, _shift;
    private readonly Augmentation _augmentation;
    private readonly ulong _seed;

    /// <summary>Values become (byte / 255 - mean) / deviation. The order starts as it lies.</summary>
    /// <param name="augmentation">How far samples are moved at random, as images; not at all when left out.</param>
    /// <param name="seed">Of that.</param>
    public ResidentBytes(Accelerator accelerator, Samples samples, float mean, float deviation,
        Augmentation augmentation = default, ulong seed = 0)
    {
        (_augmentation, _seed) = (augmentation, seed);
        (_accelerator, _samples) = (accelerator, samples);
        (_scale, _shift) = (1 / (255 * deviation), -mean / deviation);
        _items = accelerator.Upload<byte>(samples.Items);
        _labels = accelerator.Upload<byte>(samples.Labels);
        _order = accelerator.Allocate<int>(samples.Count);
        SetOrder([.. Enumerable.Range(0, samples.Count)]);
    }

    public int Count => _samples.Count;

    public void SetOrder(ReadOnlySpan<int> order) => _order.View.CopyFrom(order);

    public void Load(int batchSize, long start, BufferView<int> state, BufferView<float> x, BufferView<int> labels) =>
        _accelerator.Operations.GatherBatch(new()
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
