namespace GpuLstm.Tests.Reference;

/// <summary>A network's sizes: optional Linear per time step, LSTM layers, Linear on the last step.</summary>
/// <param name="Pre">Outputs of the Linear layer per time step; 0: none.</param>
/// <param name="H">Hidden size of each layer.</param>
/// <param name="C">Classes.</param>
public sealed record ReferenceShape(int T, int I, int Pre, int H, int Layers, int C)
{
    public int LstmInput => Pre > 0 ? Pre : I;
}

/// <summary>A batch as the network takes it.</summary>
/// <param name="X">[T, B, I].</param>
/// <param name="Labels">[B].</param>
/// <param name="H0">[layers, B, H], null: zero.</param>
/// <param name="C0">[layers, B, H], null: zero.</param>
public sealed record ReferenceBatch(int B, double[] X, int[] Labels, double[]? H0 = null, double[]? C0 = null);

/// <summary>What a pass gives.</summary>
/// <param name="Hidden">[T, B, H] of the last layer.</param>
/// <param name="Logits">[B, C].</param>
/// <param name="Gradients">Of every parameter, by PyTorch's names.</param>
public sealed record ReferencePass(
    double[] Hidden, double[] Logits, CrossEntropyOutput Loss, Dictionary<string, double[]> Gradients);

/// <summary>The whole network, composed of the references of its parts.</summary>
/// <param name="parameters">By PyTorch's names (<c>pre.weight</c>, <c>lstm.weight_ih_l0</c>, <c>fc.bias</c>, ...);
/// updated in place by steps.</param>
public sealed class ReferenceNetwork(ReferenceShape shape, Dictionary<string, double[]> parameters)
{
    private readonly Dictionary<string, ReferenceAdam> _adam = [];

    public Dictionary<string, double[]> Parameters { get; } = parameters;

    /// <summary>Forward and backward over a batch.</summary>
    public ReferencePass Run(ReferenceBatch batch, double labelSmoothing = 0)
    {
        (int T, int I, int pre, int H, int layers, int C) = shape;
        int B = batch.B;
        double[] input = pre == 0 ? batch.X
            : ReferenceLinear.Forward(T * B, I, pre, batch.X, Parameters["pre.weight"], Parameters["pre.bias"]);
        ReferenceLstmLayers lstm = new(new(layers, shape.LstmInput, H, P: 0, bidirectional: false), Parameters);
        double[] hidden = lstm.Forward(new(T, B, input, batch.H0, batch.C0)).Y;
        double[] last = hidden.Row(T - 1, B * H).ToArray();
        double[] logits = ReferenceLinear.Forward(B, H, C, last, Parameters["fc.weight"], Parameters["fc.bias"]);
        CrossEntropyOutput loss = ReferenceSoftmaxCrossEntropy.Evaluate(B, C, logits, batch.Labels, labelSmoothing);

        LinearGradients fc = ReferenceLinear.Backward(B, H, C, last, Parameters["fc.weight"], loss.DLogits);
        var dy = new double[T * B * H];
        fc.X.CopyTo(dy.Row(T - 1, B * H));
        StackGradients stack = lstm.Backward(new(dy));
        Dictionary<string, double[]> gradients = new(stack.Parameters)
        {
            ["fc.weight"] = fc.Weight, ["fc.bias"] = fc.Bias,
        };
        if (pre > 0)
        {
            LinearGradients first = ReferenceLinear.Backward(T * B, I, pre, batch.X, Parameters["pre.weight"], stack.X);
            (gradients["pre.weight"], gradients["pre.bias"]) = (first.Weight, first.Bias);
        }
        return new(hidden, logits, loss, gradients);
    }

    /// <summary>One training step; returns the loss before it.</summary>
    /// <param name="settings">The same at every step.</param>
    /// <param name="clip">The largest norm of all gradients; 0: no clipping.</param>
    public double Step(ReferenceBatch batch, AdamSettings settings, double labelSmoothing = 0, double clip = 0)
    {
        ReferencePass pass = Run(batch, labelSmoothing);
        if (clip > 0)
            ReferenceClip.Clip(pass.Gradients.Values, clip);
        foreach ((string name, double[] values) in Parameters)
        {
            if (!_adam.TryGetValue(name, out ReferenceAdam? adam))
                _adam[name] = adam = new(settings, values.Length);
            adam.Step(values, pass.Gradients[name]);
        }
        return pass.Loss.Loss;
    }
}
