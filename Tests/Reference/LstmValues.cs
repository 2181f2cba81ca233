namespace GpuLstm.Tests.Reference;

/// <summary>Weights of one LSTM layer in one direction, PyTorch's layout, gates in the order i, f, g, o.</summary>
/// <param name="Ih">[4H, I].</param>
/// <param name="Hh">[4H, H]; [4H, P] with a projection.</param>
/// <param name="BiasIh">[4H].</param>
/// <param name="BiasHh">[4H].</param>
public sealed record LstmWeights(
    int InputSize, int HiddenSize, double[] Ih, double[] Hh, double[] BiasIh, double[] BiasHh);

/// <summary>A batch of sequences and the states they start from.</summary>
/// <param name="X">[T, B, I].</param>
/// <param name="H0">[B, H], null: zero.</param>
/// <param name="C0">[B, H], null: zero.</param>
/// <param name="Lengths">[B] valid steps of each sequence, null: all T.</param>
public sealed record LstmInput(
    int T, int B, double[] X, double[]? H0 = null, double[]? C0 = null, int[]? Lengths = null)
{
    /// <summary>Valid steps of a sequence.</summary>
    public int Length(int sample) => Lengths == null ? T : Lengths[sample];

    /// <summary>The time of a sequence's step: a reversed one starts at its last valid time.</summary>
    public int Time(int sample, int step, bool reverse) => reverse ? Length(sample) - 1 - step : step;
}

/// <summary>What a forward pass gives; zero after a sequence's end.</summary>
/// <param name="Y">[T, B, H] h at every step.</param>
/// <param name="C">[T, B, H].</param>
/// <param name="Gates">[T, B, 4H] after their functions.</param>
/// <param name="HLast">[B, H] after each sequence's last step.</param>
/// <param name="CLast">[B, H].</param>
public sealed record LstmOutput(double[] Y, double[] C, double[] Gates, double[] HLast, double[] CLast)
{
    /// <summary>All zero.</summary>
    /// <param name="P">Size of h.</param>
    public static LstmOutput Zeros(int T, int B, int H, int P) => new(
        new double[T * B * P], new double[T * B * H], new double[T * B * 4 * H],
        new double[B * P], new double[B * H]);
}

/// <summary>Gradients of a scalar with respect to what a forward pass gave; null: zero.</summary>
/// <param name="Y">[T, B, H]; values after a sequence's end are ignored.</param>
/// <param name="HLast">[B, H].</param>
/// <param name="CLast">[B, H].</param>
public sealed record LstmOutputGradients(double[]? Y = null, double[]? HLast = null, double[]? CLast = null);

/// <summary>Gradients of a scalar with respect to what a forward pass took.</summary>
/// <param name="X">[T, B, I].</param>
/// <param name="Ih">[4H, I].</param>
/// <param name="Hh">[4H, H].</param>
/// <param name="Bias">[4H], of each of the two biases.</param>
/// <param name="H0">[B, H].</param>
/// <param name="C0">[B, H].</param>
public sealed record LstmGradients(double[] X, double[] Ih, double[] Hh, double[] Bias, double[] H0, double[] C0)
{
    /// <summary>All zero.</summary>
    /// <param name="P">Size of h.</param>
    public static LstmGradients Zeros(LstmWeights weights, LstmInput input, int P) => new(
        new double[input.X.Length], new double[weights.Ih.Length], new double[weights.Hh.Length],
        new double[4 * weights.HiddenSize], new double[input.B * P], new double[input.B * weights.HiddenSize]);
}
