namespace GpuLstm.Tests.Reference;

/// <summary>Every gradient of the references against finite differences.</summary>
public class ReferenceGradientTests
{
    [TestCase(1, 1, 1, 1, false)]
    [TestCase(5, 3, 3, 5, false)]
    [TestCase(4, 2, 5, 3, true)]
    public void Lstm(int T, int B, int I, int H, bool reverse)
    {
        SampleNumbers numbers = new(1);
        LstmWeights weights = RandomWeights(numbers, I, H, H);
        LstmInput input = RandomInput(numbers, T, B, I, H, H);
        Check(weights, input, reverse, numbers);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Lstm_over_sequences_of_their_own_lengths(bool reverse)
    {
        const int T = 5, B = 4, I = 3, H = 3;
        SampleNumbers numbers = new(2);
        LstmInput input = RandomInput(numbers, T, B, I, H, H) with { Lengths = [3, 5, 1, 4] };
        Check(RandomWeights(numbers, I, H, H), input, reverse, numbers);
    }

    [Test]
    public void Absent_gradients_of_the_lstm_count_as_zero()
    {
        const int T = 3, B = 2, I = 3, H = 3;
        SampleNumbers numbers = new(3);
        LstmWeights weights = RandomWeights(numbers, I, H, H);
        LstmInput input = new(T, B, numbers.Uniforms(T * B * I));
        LstmOutput output = ReferenceLstm.Forward(weights, input);
        double[] dh = numbers.Uniforms(B * H);
        LstmGradients absent = ReferenceLstm.Backward(weights, input, output, new(HLast: dh));
        LstmGradients zero = ReferenceLstm.Backward(
            weights, input, output, new(new double[T * B * H], dh, new double[B * H]));
        Assert.That(absent.Ih, Is.EqualTo(zero.Ih));
        Assert.That(absent.C0, Is.EqualTo(zero.C0));
        Assert.That(absent.Ih, Has.Some.Not.Zero);
    }

    [Test]
    public void Linear()
    {
        const int rows = 3, I = 5, O = 7;
        SampleNumbers numbers = new(4);
        double[] x = numbers.Uniforms(rows * I), w = numbers.Uniforms(O * I), b = numbers.Uniforms(O);
        double[] dy = numbers.Uniforms(rows * O);
        double Loss() => Rows.Dot(ReferenceLinear.Forward(rows, I, O, x, w, b), dy);
        LinearGradients gradients = ReferenceLinear.Backward(rows, I, O, x, w, dy);
        FiniteDifferences.Check(x, gradients.X, Loss, "x");
        FiniteDifferences.Check(w, gradients.Weight, Loss, "weight");
        FiniteDifferences.Check(b, gradients.Bias, Loss, "bias");
    }

    [TestCase(0)]
    [TestCase(0.1)]
    public void Softmax_cross_entropy(double smoothing)
    {
        const int B = 3, C = 7;
        SampleNumbers numbers = new(5);
        double[] logits = numbers.Uniforms(B * C, range: 3);
        int[] labels = numbers.Labels(B, C);
        CrossEntropyOutput output = ReferenceSoftmaxCrossEntropy.Evaluate(B, C, logits, labels, smoothing);
        FiniteDifferences.Check(logits, output.DLogits,
            () => ReferenceSoftmaxCrossEntropy.Evaluate(B, C, logits, labels, smoothing).Loss, "logits");
    }

    [TestCase(1, 0, 0)]
    [TestCase(2, 3, 0.1)]
    public void Network(int layers, int pre, double smoothing)
    {
        ReferenceShape shape = new(T: 3, I: 3, pre, H: 3, layers, C: 5);
        SampleNumbers numbers = new(6);
        Dictionary<string, double[]> parameters = RandomParameters(numbers, shape);
        const int B = 2;
        ReferenceBatch batch = new(B, numbers.Uniforms(shape.T * B * shape.I), numbers.Labels(B, shape.C));
        ReferenceNetwork network = new(shape, parameters);
        ReferencePass pass = network.Run(batch, smoothing);
        Assert.That(pass.Gradients.Keys, Is.EquivalentTo(parameters.Keys));
        foreach ((string name, double[] values) in parameters)
            FiniteDifferences.Check(values, pass.Gradients[name], () => network.Run(batch, smoothing).Loss.Loss, name);
    }

    [Test]
    public void A_wrong_gradient_is_noticed()
    {
        double[] x = [0.5, -0.25], wrong = [1.0, -0.5 + 1e-6];
        Assert.That(() => FiniteDifferences.Check(x, wrong, () => x[0] * x[0] + x[1] * x[1], "x"),
            Throws.InstanceOf<AssertionException>());
    }

    internal static LstmWeights RandomWeights(SampleNumbers numbers, int I, int H, int states) => new(I, H,
        numbers.Uniforms(4 * H * I), numbers.Uniforms(4 * H * states),
        numbers.Uniforms(4 * H), numbers.Uniforms(4 * H));

    /// <param name="states">Size of h.</param>
    internal static LstmInput RandomInput(SampleNumbers numbers, int T, int B, int I, int H, int states) =>
        new(T, B, numbers.Uniforms(T * B * I), numbers.Uniforms(B * states), numbers.Uniforms(B * H));

    private static Dictionary<string, double[]> RandomParameters(SampleNumbers numbers, ReferenceShape shape)
    {
        Dictionary<string, double[]> parameters = [];
        if (shape.Pre > 0)
        {
            parameters["pre.weight"] = numbers.Uniforms(shape.Pre * shape.I);
            parameters["pre.bias"] = numbers.Uniforms(shape.Pre);
        }
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            LstmWeights weights = RandomWeights(numbers, layer == 0 ? shape.LstmInput : shape.H, shape.H, shape.H);
            parameters[$"lstm.weight_ih_l{layer}"] = weights.Ih;
            parameters[$"lstm.weight_hh_l{layer}"] = weights.Hh;
            parameters[$"lstm.bias_ih_l{layer}"] = weights.BiasIh;
            parameters[$"lstm.bias_hh_l{layer}"] = weights.BiasHh;
        }
        parameters["fc.weight"] = numbers.Uniforms(shape.C * shape.H);
        parameters["fc.bias"] = numbers.Uniforms(shape.C);
        return parameters;
    }

    private static void Check(LstmWeights weights, LstmInput input, bool reverse, SampleNumbers numbers)
    {
        int states = input.B * weights.HiddenSize;
        LstmOutputGradients from = new(
            numbers.Uniforms(input.T * states), numbers.Uniforms(states), numbers.Uniforms(states));
        double Loss()
        {
            LstmOutput output = ReferenceLstm.Forward(weights, input, reverse);
            return Rows.Dot(output.Y, from.Y) + Rows.Dot(output.HLast, from.HLast) + Rows.Dot(output.CLast, from.CLast);
        }
        LstmOutput forward = ReferenceLstm.Forward(weights, input, reverse);
        LstmGradients gradients = ReferenceLstm.Backward(weights, input, forward, from, reverse);
        FiniteDifferences.Check(input.X, gradients.X, Loss, "x");
        FiniteDifferences.Check(weights.Ih, gradients.Ih, Loss, "w_ih");
        FiniteDifferences.Check(weights.Hh, gradients.Hh, Loss, "w_hh");
        FiniteDifferences.Check(weights.BiasIh, gradients.Bias, Loss, "b_ih");
        FiniteDifferences.Check(weights.BiasHh, gradients.Bias, Loss, "b_hh");
        FiniteDifferences.Check(input.H0!, gradients.H0, Loss, "h0");
        FiniteDifferences.Check(input.C0!, gradients.C0, Loss, "c0");
    }
}
