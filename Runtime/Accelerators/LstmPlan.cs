namespace GpuLstm.Runtime.Accelerators;

/// <summary>One LSTM layer in one direction of time. Stacks and bidirectional layers are built of these by
/// <c>Layers/Lstm</c>, because each layer of a stack may have sizes of its own.</summary>
/// <param name="MaxBatch">The largest B that a pass may have; the workspace is planned for it.</param>
/// <param name="TimeSteps">T.</param>
/// <param name="InputSize">I.</param>
/// <param name="HiddenSize">H.</param>
/// <param name="Reverse">Time runs backwards.</param>
/// <param name="Training">Whether backward will follow: an inference plan keeps two steps instead of all.</param>
public sealed record LstmDescriptor(int MaxBatch, int TimeSteps, int InputSize, int HiddenSize, bool Reverse = false, bool Training = true)
{
    /// <summary>A descriptor whose sizes are all positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not.</exception>
    public LstmDescriptor Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TimeSteps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(InputSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(HiddenSize, 1);
        return this;
    }
}

/// <summary>An accelerator's workspace for one <see cref="LstmDescriptor"/>; holds the gates between forward and backward.</summary>
public abstract class LstmPlan(LstmDescriptor descriptor) : IDisposable
{
    public LstmDescriptor Descriptor { get; } = descriptor.Checked();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>The weights of one layer and direction, or their gradients: PyTorch's layout.</summary>
/// <param name="Ih">[4H, I] gates i, f, g, o.</param>
/// <param name="Hh">[4H, H].</param>
/// <param name="BiasIh">[4H], may be absent.</param>
/// <param name="BiasHh">[4H], may be absent; the gates take the sum, and both get the same gradient.</param>
public readonly record struct LstmWeightViews(BufferView<float> Ih, BufferView<float> Hh, BufferView<float> BiasIh, BufferView<float> BiasHh);

/// <summary>The arguments of a forward pass.</summary>
public readonly record struct LstmForwardPass
{
    public required int BatchSize { get; init; }
    public required LstmWeightViews Weights { get; init; }
    public required BufferView<float> X { get; init; } // [T, B, I]
    public required BufferView<float> Y { get; init; } // [T, B, H] overwritten
    public BufferView<float> H0 { get; init; }         // [B, H], absent: zero
    public BufferView<float> C0 { get; init; }         // [B, H], absent: zero
    public BufferView<float> HLast { get; init; }      // [B, H] overwritten where given
    public BufferView<float> CLast { get; init; }      // [B, H] overwritten where given
}

/// <summary>The arguments of a backward pass; every output given is overwritten.</summary>
public readonly record struct LstmBackwardPass
{
    /// <summary>The forward pass whose gates the plan holds.</summary>
    public required LstmForwardPass Forward { get; init; }
    public required LstmWeightViews Gradients { get; init; }
    public BufferView<float> DY { get; init; }     // [T, B, H], absent: zero
    public BufferView<float> DHLast { get; init; } // [B, H], absent: zero
    public BufferView<float> DCLast { get; init; } // [B, H], absent: zero
    public BufferView<float> DX { get; init; }     // [T, B, I]
    /// <summary>DX is added to, not overwritten: the second direction of a layer adds to the first one's.</summary>
    public bool AccumulateDX { get; init; }
    public BufferView<float> DH0 { get; init; }    // [B, H]
    public BufferView<float> DC0 { get; init; }    // [B, H]
}

/// <summary>What a layer did at every step, on the host.</summary>
/// <param name="Gates">[T, B, 4H] after their functions, i, f, g, o.</param>
/// <param name="Cells">[T, B, H].</param>
public sealed record LstmTrace(float[] Gates, float[] Cells);
