namespace GpuLstm.Tests.Reference;

/// <summary>The extended layer: without extensions the plain one, with them against finite differences and
/// PyTorch.</summary>
public class ReferenceExtendedTests
{
    private static IEnumerable<TorchCase> Projections => TorchVectors.Of("lstm").Where(c => c.Sizes["P"] > 0);

    private static IReadOnlyList<TorchCase> Variants => TorchVectors.Of("variant");

    [Test]
    public void Without_extensions_it_is_the_plain_layer([Values] bool reverse)
    {
        const int T = 4, B = 3, I = 3, H = 5;
        SampleNumbers numbers = new(1);
        LstmWeights weights = ReferenceGradientTests.RandomWeights(numbers, I, H, H);
        LstmInput input = ReferenceGradientTests.RandomInput(numbers, T, B, I, H, H) with { Lengths = [4, 2, 3] };
        LstmOutputGradients from = new(numbers.Uniforms(T * B * H), numbers.Uniforms(B * H), numbers.Uniforms(B * H));
        LstmOutput plain = ReferenceLstm.Forward(weights, input, reverse);
        LstmOutput extended = ReferenceExtendedLstm.Forward(weights, new(), input, reverse);
        LstmGradients expected = ReferenceLstm.Backward(weights, input, plain, from, reverse);
        LstmGradients actual = ReferenceExtendedLstm.Backward(weights, new(), input, extended, from, reverse).Plain;
        foreach ((double[] a, double[] b, string name) in new[]
        {
            (extended.Y, plain.Y, "y"), (extended.C, plain.C, "c"), (extended.Gates, plain.Gates, "gates"),
            (extended.HLast, plain.HLast, "hLast"), (extended.CLast, plain.CLast, "cLast"),
            (actual.X, expected.X, "dx"), (actual.Ih, expected.Ih, "dw_ih"), (actual.Hh, expected.Hh, "dw_hh"),
            (actual.Bias, expected.Bias, "db"), (actual.H0, expected.H0, "dh0"), (actual.C0, expected.C0, "dc0"),
        })
            Compare.Close(a, b, 1e-14, 1e-13, name);
    }

    [Test]
    public void Every_combination_has_its_gradient(
        [Values] bool project, [Values] bool zoneout, [Values] bool dropout, [Values] bool norm, [Values] bool reverse)
    {
        const int T = 3, B = 2, I = 3, H = 3;
        int P = project ? 2 : H;
        SampleNumbers numbers = new(2);
        LstmWeights weights = ReferenceGradientTests.RandomWeights(numbers, I, H, P);
        LstmInput input = ReferenceGradientTests.RandomInput(numbers, T, B, I, H, P) with { Lengths = [2, 3] };
        LstmExtensions extensions = new()
        {
            Projection = project ? numbers.Uniforms(P * H) : null,
            ZoneoutH = zoneout ? numbers.Mask(T * B * P, 0.3) : null,
            ZoneoutC = zoneout ? numbers.Mask(T * B * H, 0.3) : null,
            RecurrentMask = dropout ? numbers.Mask(B * P, 0.5, 2) : null,
            Norm = !norm ? null
                : new(numbers.Uniforms(4 * H), numbers.Uniforms(4 * H), numbers.Uniforms(H), numbers.Uniforms(H)),
        };
        LstmOutputGradients from = new(numbers.Uniforms(T * B * P), numbers.Uniforms(B * P), numbers.Uniforms(B * H));
        double Loss()
        {
            LstmOutput output = ReferenceExtendedLstm.Forward(weights, extensions, input, reverse);
            return Rows.Dot(output.Y, from.Y) + Rows.Dot(output.HLast, from.HLast) + Rows.Dot(output.CLast, from.CLast);
        }
        LstmOutput forward = ReferenceExtendedLstm.Forward(weights, extensions, input, reverse);
        LstmExtendedGradients gradients = ReferenceExtendedLstm.Backward(
            weights, extensions, input, forward, from, reverse);
        Dictionary<string, double[]> byName = ByName(gradients);
        foreach ((string name, double[] values) in ByName(weights, extensions, input))
            FiniteDifferences.Check(values, byName[name], Loss, name);
    }

    [TestCaseSource(nameof(Projections))]
    public void Projections_are_PyTorchs(TorchCase expected) =>
        Check(expected, key => key is "x" or "h0" or "c0" ? key : $"lstm.{key}_l0");

    [TestCaseSource(nameof(Variants))]
    public void Variants_are_what_autograd_computes(TorchCase expected) => Check(expected, key => key);

    private static void Check(TorchCase expected, Func<string, string> torchName)
    {
        double[] Parameter(string key) => expected.Parameters[torchName(key)];
        LstmWeights weights = new(
            expected.I, expected.H, Parameter("weight_ih"), Parameter("weight_hh"),
            Parameter("bias_ih"), Parameter("bias_hh"));
        LstmExtensions extensions = new()
        {
            Projection = expected.Parameters.GetValueOrDefault(torchName("weight_hr")),
            ZoneoutH = expected.Inputs.GetValueOrDefault("zoneout_h"),
            ZoneoutC = expected.Inputs.GetValueOrDefault("zoneout_c"),
            RecurrentMask = expected.Inputs.GetValueOrDefault("mask_h"),
            Norm = expected.Parameters.ContainsKey("gain_c")
                ? new(Parameter("gain_ih"), Parameter("gain_hh"), Parameter("gain_c"), Parameter("bias_c")) : null,
        };
        LstmOutput output = ReferenceExtendedLstm.Forward(weights, extensions, expected.Input);
        Compare.Close(output.Y, expected.Outputs["y"], 1e-12, 1e-10, "y");
        Compare.Close(output.HLast, expected.Outputs["hn"], 1e-12, 1e-10, "hn");
        Compare.Close(output.CLast, expected.Outputs["cn"], 1e-12, 1e-10, "cn");
        LstmExtendedGradients gradients = ReferenceExtendedLstm.Backward(
            weights, extensions, expected.Input, output, expected.From);
        Dictionary<string, double[]> byName = ByName(gradients).ToDictionary(g => torchName(g.Key), g => g.Value);
        Assert.That(byName.Keys, Is.EquivalentTo(expected.Gradients.Keys));
        foreach ((string name, double[] values) in byName)
            Compare.Close(values, expected.Gradients[name], 1e-12, 1e-10, $"gradient of {name}");
    }

    private static Dictionary<string, double[]> ByName(LstmWeights weights, LstmExtensions extensions, LstmInput input)
    {
        LstmGradients plain = new(input.X, weights.Ih, weights.Hh, weights.BiasIh, input.H0!, input.C0!);
        return ByName(new LstmExtendedGradients(plain, extensions.Projection, extensions.Norm));
    }

    private static Dictionary<string, double[]> ByName(LstmExtendedGradients gradients)
    {
        LstmGradients plain = gradients.Plain;
        Dictionary<string, double[]> named = new()
        {
            ["x"] = plain.X, ["h0"] = plain.H0, ["c0"] = plain.C0, ["weight_ih"] = plain.Ih, ["weight_hh"] = plain.Hh,
            ["bias_ih"] = plain.Bias, ["bias_hh"] = plain.Bias,
        };
        if (gradients.Projection != null)
            named["weight_hr"] = gradients.Projection;
        if (gradients.Norm is LstmNorm norm)
            (named["gain_ih"], named["gain_hh"], named["gain_c"], named["bias_c"]) =
                (norm.GainIh, norm.GainHh, norm.GainC, norm.BiasC);
        return named;
    }
}
