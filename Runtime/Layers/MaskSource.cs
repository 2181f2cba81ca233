using GpuLstm.Runtime.Accelerators;
using ILGPU;

namespace GpuLstm.Runtime.Layers;

/// <summary>What a layer's random masks are for.</summary>
public enum MaskUse
{
    /// <summary>Of the layer's output, both directions' together.</summary>
    Dropout,

    /// <summary>Of h on its way to the next step.</summary>
    Recurrent,

    ZoneoutHidden,

    ZoneoutCell,
}

/// <summary>Where a training network's random masks come from: the run's seed, and the step that the device counts.
/// <c>default</c>: nothing is dropped, as in inference.</summary>
/// <param name="State">See <see cref="StepState"/>; absent: no masks.</param>
public readonly record struct MaskSource(ulong Seed, ArrayView<int> State)
{
    /// <summary>The Philox streams from here on belong to the layers' masks.</summary>
    private const uint FirstStream = 1 << 16;

    private const uint StreamsOfDirection = 8;

    public bool IsAbsent => !State.IsValid;

    /// <summary>The stream of one of a layer's masks.</summary>
    public static uint Stream(int layer, MaskUse use, int direction = 0) =>
        FirstStream + (uint)(2 * layer + direction) * StreamsOfDirection + (uint)use;

    /// <summary>Overwrites target, which may be the source; the same mask for values and for their gradients.</summary>
    public void Drop(Operations operations, ArrayView<float> source, ArrayView<float> target, float rate,
        uint stream) =>
        operations.Dropout(new() { Input = source, Output = target, Rate = rate, Seed = Seed, Stream = stream,
            State = State });

    /// <summary>Overwrites the mask: 1 with the probability <paramref name="rate"/>, else 0.</summary>
    public void Draw(Operations operations, ArrayView<byte> mask, float rate, uint stream) =>
        operations.DrawMask(new() { Mask = mask, Rate = rate, Seed = Seed, Stream = stream, State = State });
}
