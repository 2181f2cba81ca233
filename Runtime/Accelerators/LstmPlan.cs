using ILGPU;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>One LSTM layer in one direction of time. Stacks and bidirectional layers are built of these by
/// <c>Layers/Lstm</c>, because each layer of a stack may have sizes of its own.</summary>
/// <param name="MaxBatch">The largest B that a pass may have; the workspace is planned for it.</param>
/// <param name="TimeSteps">T.</param>
/// <param name="InputSize">I.</param>
/// <param name="HiddenSize">H.</param>
/// <param name="Reverse">Time runs backwards.</param>
/// <param name="Training">Whether backward will follow: an inference plan keeps two steps instead of all.</param>
public sealed record LstmDescriptor(int MaxBatch, int TimeSteps, int InputSize, int HiddenSize, bool Reverse = false,
    bool Training = true)
{
    /// <summary>Size that h is projected to; 0: not projected.</summary>
    public int Projection { get; init; }

    /// <summary>Whether the pre-activations and the cell are layer-normed.</summary>
    public bool LayerNorm { get; init; }

    /// <summary>Whether passes bring a mask for h on its way to the next step.</summary>
    public bool RecurrentDropout { get; init; }

    /// <summary>How much of h stays in a step, where a pass brings no mask that says which values do; 0: no
    /// zoneout.</summary>
    public float ZoneoutHidden { get; init; }

    /// <summary>The same of c.</summary>
    public float ZoneoutCell { get; init; }

    /// <summary>Whether passes may bring lengths.</summary>
    public bool Lengths { get; init; }

    /// <summary>Of hard sigmoid gates, slope a + 1/2 cut to 0 .. 1, which have no backward pass; 0: sigmoids.</summary>
    public float GateSlope { get; init; }

    /// <summary>Whether all passes bring the same weights with the same values: prepared once, they stay so.</summary>
    public bool FixedWeights { get; init; }

    /// <summary>P, the size of h.</summary>
    public int StateSize => Projection > 0 ? Projection : HiddenSize;

    /// <summary>Whether every step is that of torch.nn.LSTM without a projection, and every sequence whole.</summary>
    public bool IsPlain => Projection == 0 && !LayerNorm && !RecurrentDropout && ZoneoutHidden == 0 && ZoneoutCell == 0
        && !Lengths && GateSlope == 0;

    /// <summary>A descriptor whose sizes are all positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not.</exception>
    public LstmDescriptor Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TimeSteps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(InputSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(HiddenSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Projection);
        return this;
    }
}

/// <summary>An accelerator's workspace for one <see cref="LstmDescriptor"/>; holds the gates between forward and
/// backward.</summary>
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
/// <param name="Hh">[4H, P].</param>
/// <param name="BiasIh">[4H], may be absent.</param>
/// <param name="BiasHh">[4H], may be absent; the gates take the sum, and both get the same gradient.</param>
public readonly record struct LstmWeightViews(ArrayView<float> Ih, ArrayView<float> Hh, ArrayView<float> BiasIh,
    ArrayView<float> BiasHh)
{
    public ArrayView<float> Hr { get; init; }     // [P, H], with a projection
    public ArrayView<float> GainIh { get; init; } // [4H], with layer norm, as the next three
    public ArrayView<float> GainHh { get; init; } // [4H]
    public ArrayView<float> GainC { get; init; }  // [H]
    public ArrayView<float> BiasC { get; init; }  // [H]
}

/// <summary>The arguments of a forward pass. S is its number of steps, P the size of h: H without a
/// projection.</summary>
public readonly record struct LstmForwardPass
{
    public required int BatchSize { get; init; }

    /// <summary>S; 0: the plan's T.</summary>
    public int Steps { get; init; }
    public required LstmWeightViews Weights { get; init; }
    public required ArrayView<float> X { get; init; } // [S, B, I]
    public required ArrayView<float> Y { get; init; } // [S, B, P] overwritten, zero beyond a sequence's end
    public ArrayView<float> H0 { get; init; }         // [B, P], absent: zero
    public ArrayView<float> C0 { get; init; }         // [B, H], absent: zero
    // [B, P] overwritten where given: after each sequence's own last step
    public ArrayView<float> HLast { get; init; }
    public ArrayView<float> CLast { get; init; }      // [B, H] likewise

    /// <summary>[B] steps of each sequence, 1 to S; absent: S. A reversed sequence begins at its own end.</summary>
    public ArrayView<int> Lengths { get; init; }
    // [B, P] what h is multiplied by on its way to the next step; absent: 1
    public ArrayView<float> RecurrentMask { get; init; }
    // [S, B, P] 1 where h stays as it is, else 0; absent: the descriptor's rate
    public ArrayView<byte> ZoneoutH { get; init; }
    public ArrayView<byte> ZoneoutC { get; init; }       // [S, B, H] the same of c

    /// <summary>S.</summary>
    public int StepsOf(LstmDescriptor descriptor) => Steps == 0 ? descriptor.TimeSteps : Steps;

    /// <exception cref="ArgumentException">The plan was not made for such a pass.</exception>
    public void Check(LstmDescriptor descriptor)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchSize, descriptor.MaxBatch);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Steps, descriptor.TimeSteps);
        ArgumentOutOfRangeException.ThrowIfNegative(Steps);
        if (Lengths.IsValid && !descriptor.Lengths || RecurrentMask.IsValid && !descriptor.RecurrentDropout
            || ZoneoutH.IsValid && descriptor.ZoneoutHidden == 0 || ZoneoutC.IsValid && descriptor.ZoneoutCell == 0)
            throw new ArgumentException("The pass brings lengths or masks that its plan was not made for.");
    }
}

/// <summary>The arguments of a backward pass; every output given is overwritten.</summary>
public readonly record struct LstmBackwardPass
{
    /// <summary>The forward pass whose gates the plan holds.</summary>
    public required LstmForwardPass Forward { get; init; }
    public required LstmWeightViews Gradients { get; init; }
    public ArrayView<float> DY { get; init; }     // [S, B, P], absent: zero; ignored beyond a sequence's end
    public ArrayView<float> DHLast { get; init; } // [B, P], absent: zero
    public ArrayView<float> DCLast { get; init; } // [B, H], absent: zero
    public ArrayView<float> DX { get; init; }     // [S, B, I]
    /// <summary>DX is added to, not overwritten: the second direction of a layer adds to the first one's.</summary>
    public bool AccumulateDX { get; init; }
    public ArrayView<float> DH0 { get; init; }    // [B, P]
    public ArrayView<float> DC0 { get; init; }    // [B, H]
}

/// <summary>What a layer did at every step, on the host.</summary>
/// <param name="Gates">[T, B, 4H] after their functions, i, f, g, o.</param>
/// <param name="Cells">[T, B, H].</param>
public sealed record LstmTrace(float[] Gates, float[] Cells)
{
    /// <summary>[T, B, P] h, where a layer was asked; an accelerator alone leaves it empty.</summary>
    public float[] Hidden { get; init; } = [];
}
