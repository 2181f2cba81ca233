using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data.Series;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Data;

/// <summary>Samples that sit on the device, where batches are gathered from them.</summary>
public abstract class BatchSource : IDisposable
{
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _order;

    private protected BatchSource(Engine engine, Samples samples)
    {
        (Engine, Count) = (engine, samples.Count);
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
        WindowSamples windows => new ResidentWindows(engine, windows, scale),
        _ => new ResidentImages(engine, (ImageSamples)samples, scale, augmentation, seed),
    };

    /// <summary>Samples in all.</summary>
    public int Count { get; }

    private protected Engine Engine { get; }

    private protected ArrayView<int> Order => _order.View;

    /// <summary>The order in which batches take the samples, a permutation of 0..Count.</summary>
    public void SetOrder(ReadOnlySpan<int> order) => Engine.Write(_order.View, order);

    /// <summary>Overwrites the batch with the samples at start + the state's position in the order.</summary>
    /// <param name="state">The training state, or absent: position 0.</param>
    /// <param name="first">The step of each sequence that the batch begins with.</param>
    public abstract void Load(int size, long start, ArrayView<int> state, DeviceBatch batch, int first = 0);

    public void Dispose()
    {
        foreach (IDisposable part in (ReadOnlySpan<IDisposable>)[_order, .. Parts])
            part.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What else is to be disposed.</summary>
    private protected abstract IEnumerable<IDisposable> Parts { get; }
}
