using GpuLstm.Runtime.Accelerators;

namespace GpuLstm.Runtime.Layers;

/// <summary>Where a training network's random masks come from: the run's seed, and the step that the device counts.
/// <c>default</c>: nothing is dropped, as in inference.</summary>
/// <param name="State">See <see cref="StepState"/>; absent: no masks.</param>
public readonly record struct MaskSource(ulong Seed, BufferView<int> State)
{
    /// <summary>The Philox streams from here on belong to the layers' masks.</summary>
    private const uint FirstStream = 1 << 16;

    private const uint StreamsOfLayer = 16;

    public bool IsAbsent => State.IsAbsent;

    /// <summary>The stream of one of a layer's masks.</summary>
    /// <param name="use">0: dropout of the layer's output.</param>
    public static uint Stream(int layer, int use) => FirstStream + (uint)layer * StreamsOfLayer + (uint)use;

    /// <summary>Overwrites target, which may be the source; the same mask for values and for their gradients.</summary>
    public void Drop(Operations operations, BufferView<float> source, BufferView<float> target, float rate, uint stream) =>
        operations.Dropout(new() { Input = source, Output = target, Rate = rate, Seed = Seed, Stream = stream, State = State });
}
