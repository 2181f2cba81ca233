namespace GpuLstm.Tests.Reference;

/// <summary>What <see cref="ReferenceExtendedLstm"/> adds to the plain layer; everything null: the plain layer. P is
/// the size of h: the projection's, or H without one.</summary>
public sealed record LstmExtensions
{
    /// <summary>[P, H] w_hr of torch.nn.LSTM(proj_size=P).</summary>
    public double[]? Projection { get; init; }

    /// <summary>[T, B, P] how much of the previous h stays: 1 all, 0 nothing; in inference the probability.</summary>
    public double[]? ZoneoutH { get; init; }

    /// <summary>[T, B, H] how much of the previous c stays.</summary>
    public double[]? ZoneoutC { get; init; }

    /// <summary>[B, P] what h_{t-1} is multiplied by on its way to the gates, the same at all steps: 0 or 1 / (1 -
    /// p).</summary>
    public double[]? RecurrentMask { get; init; }

    public LstmNorm? Norm { get; init; }

    /// <summary>Gates i, f and o are max(0, min(1, slope a + 1/2)), Keras's hard_sigmoid; 0: sigmoids. Forward
    /// alone.</summary>
    public double GateSlope { get; init; }
}

/// <summary>Parameters of the layer norms.</summary>
/// <param name="GainIh">[4H] of the input's contribution to all four gates.</param>
/// <param name="GainHh">[4H] of the recurrent contribution.</param>
/// <param name="GainC">[H] of the cell.</param>
/// <param name="BiasC">[H] of the cell.</param>
public sealed record LstmNorm(double[] GainIh, double[] GainHh, double[] GainC, double[] BiasC);

/// <summary>Gradients of an extended layer: the plain layer's, and those of what it adds (null where it does
/// not).</summary>
/// <param name="Projection">[P, H].</param>
public sealed record LstmExtendedGradients(LstmGradients Plain, double[]? Projection, LstmNorm? Norm);
