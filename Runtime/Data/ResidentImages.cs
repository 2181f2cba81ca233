using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Data;

/// <summary>Images as bytes; (byte / 255 - mean) / deviation is taken as a batch is gathered.</summary>
internal sealed class ResidentImages(
    Engine engine, ImageSamples samples, InputScale scale, Augmentation augmentation, ulong seed)
    : BatchSource(engine, samples)
{
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> _items = engine.Upload<byte>(samples.Items);
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> _labels = engine.Upload<byte>(samples.Labels);

    public override void Load(int size, long start, ArrayView<int> state, DeviceBatch batch, int first = 0) =>
        Engine.Operations.GatherBatch(new()
    {
        BatchSize = size, TimeSteps = samples.TimeSteps, InputSize = samples.InputSize,
        Items = _items.View, ItemLabels = _labels.View, Order = Order, State = state, Start = start,
        Scale = 1 / (255 * scale.Deviation), Shift = -scale.Mean / scale.Deviation,
        Augmentation = augmentation, Seed = seed, X = batch.X, Labels = batch.Labels,
    });

    private protected override IEnumerable<IDisposable> Parts => [_items, _labels];
}
