using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>Sizes of a layer and what of the optional arguments is given.</summary>
public sealed record LstmShape(int T, int B, int I, int H, bool Reverse = false)
{
    /// <summary>Room for a larger batch than comes.</summary>
    public int SpareBatch { get; init; }

    /// <summary>h0 and c0.</summary>
    public bool States { get; init; }

    /// <summary>0, 1 or 2 bias vectors.</summary>
    public int Biases { get; init; } = 2;

    /// <summary>Multiply-adds of the forward pass.</summary>
    public long Work => (long)T * B * 4 * H * (I + H);

    public LstmDescriptor Descriptor(bool training = true) => new(B + SpareBatch, T, I, H, Reverse, training);

    public override string ToString() =>
        $"T{T} B{B} I{I} H{H}" + (Reverse ? " reverse" : "") + (States ? " states" : "")
        + (SpareBatch > 0 ? $" of {B + SpareBatch}" : "") + (Biases < 2 ? $" {Biases} biases" : "");
}

/// <summary>A layer's random weights and a batch, for the reference.</summary>
public sealed class LstmCase
{
    public LstmCase(LstmShape shape, SampleNumbers numbers)
    {
        (int T, int B, int I, int H) = (shape.T, shape.B, shape.I, shape.H);
        // Wider than PyTorch's 1/sqrt(H), so that gates leave the near-linear range.
        double range = Math.Min(1, 2 / Math.Sqrt(H));
        Shape = shape;
        Weights = new(I, H, numbers.Uniforms(4 * H * I, range), numbers.Uniforms(4 * H * H, range),
            shape.Biases > 0 ? numbers.Uniforms(4 * H, range) : new double[4 * H],
            shape.Biases > 1 ? numbers.Uniforms(4 * H, range) : new double[4 * H]);
        Input = new(T, B, numbers.Uniforms(T * B * I),
            shape.States ? numbers.Uniforms(B * H) : null, shape.States ? numbers.Uniforms(B * H) : null);
        From = new(numbers.Uniforms(T * B * H), numbers.Uniforms(B * H), numbers.Uniforms(B * H));
    }

    public LstmShape Shape { get; }

    public LstmWeights Weights { get; }

    public LstmInput Input { get; }

    /// <summary>What enters backward.</summary>
    public LstmOutputGradients From { get; set; }

    public LstmOutput Forward() => ReferenceLstm.Forward(Weights, Input, Shape.Reverse);

    public LstmGradients Backward(LstmOutput output) =>
        ReferenceLstm.Backward(Weights, Input, output, From, Shape.Reverse);
}
