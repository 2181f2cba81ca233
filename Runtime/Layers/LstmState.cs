using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Formats;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Layers;

/// <summary>h and c of every layer and direction of a stack: what a sequence starts from and ends with, or the
/// gradients of that. Zero at first. For truncated backpropagation through time a piece's final state is the next
/// piece's initial one: use two in turn.</summary>
public sealed class LstmState : IDisposable
{
    private readonly Engine _engine;
    private readonly LstmSpec _spec;
    private readonly MemoryBuffer1D<float, Stride1D.Dense>[] _hidden, _cell;

    /// <param name="maxBatch">Samples that it has room for.</param>
    /// <exception cref="DeviceException">The device has too little memory.</exception>
    public LstmState(Engine engine, LstmSpec spec, int maxBatch)
    {
        (_engine, _spec) = (engine, spec);
        int[] layers = [.. Enumerable.Range(0, spec.Layers * spec.Directions).Select(place => place / spec.Directions)];
        _hidden = [.. layers.Select(layer => engine.Allocate<float>((long)maxBatch * spec.StateSize(layer)))];
        _cell = [.. layers.Select(layer => engine.Allocate<float>((long)maxBatch * spec.HiddenSize[layer]))];
        Clear();
    }

    /// <summary>h, [B, P] of the batch that was or will be run, at the buffer's start.</summary>
    /// <param name="direction">0, or 1: reverse.</param>
    public ArrayView<float> Hidden(int layer, int direction = 0) => _hidden[layer * _spec.Directions + direction].View;

    /// <summary>c, [B, H].</summary>
    /// <param name="direction">0, or 1: reverse.</param>
    public ArrayView<float> Cell(int layer, int direction = 0) => _cell[layer * _spec.Directions + direction].View;

    /// <summary>Makes all zero.</summary>
    public void Clear()
    {
        foreach (MemoryBuffer1D<float, Stride1D.Dense> buffer in _hidden.Concat(_cell))
            _engine.Operations.Fill(buffer.View, 0);
    }

    /// <summary>A copy of all, as it stands.</summary>
    public IReadOnlyList<Tensor> ToTensors() =>
    [
        .. _hidden.Select((buffer, i) => Copy($"h{i}", buffer)), .. _cell.Select((buffer, i) => Copy($"c{i}", buffer)),
    ];

    /// <summary>The inverse of <see cref="ToTensors"/>.</summary>
    /// <exception cref="FileFormatException">They are of other sizes.</exception>
    public void FromTensors(IReadOnlyList<Tensor> tensors)
    {
        MemoryBuffer1D<float, Stride1D.Dense>[] buffers = [.. _hidden, .. _cell];
        if (!buffers.Select(buffer => buffer.Length).SequenceEqual(tensors.Select(t => t.Values.LongLength)))
            throw new FileFormatException("The checkpoint carries the state of another network.");
        foreach ((MemoryBuffer1D<float, Stride1D.Dense> buffer, Tensor tensor) in buffers.Zip(tensors))
            _engine.Write<float>(buffer.View, tensor.Values);
    }

    private Tensor Copy(string name, MemoryBuffer1D<float, Stride1D.Dense> buffer)
    {
        float[] values = _engine.Read<float>(buffer.View);
        return new(name, [values.Length], values);
    }

    public void Dispose()
    {
        foreach (MemoryBuffer1D<float, Stride1D.Dense> buffer in _hidden.Concat(_cell))
            buffer.Dispose();
    }
}
