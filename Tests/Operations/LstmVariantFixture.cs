using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;
using ILGPU;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>A layer's sizes and what it has beyond the plain one.</summary>
/// <param name="P">Projection; 0: none.</param>
public sealed record LstmVariantShape(int T, int B, int I, int H, int P = 0)
{
    public bool Norm { get; init; }
    public float ZoneoutHidden { get; init; }
    public float ZoneoutCell { get; init; }

    /// <summary>Zoneout by masks; else all stays at the rate, as in inference.</summary>
    public bool ZoneoutMasks { get; init; }

    /// <summary>Recurrent dropout.</summary>
    public bool Mask { get; init; }

    /// <summary>Valid steps of each sample.</summary>
    public int[]? Lengths { get; init; }

    /// <summary>Steps of the pass, where fewer than are planned.</summary>
    public int Steps { get; init; }

    /// <summary>Of hard sigmoid gates; 0: sigmoids.</summary>
    public float GateSlope { get; init; }
    public bool Reverse { get; init; }
    public bool States { get; init; }
    public int Biases { get; init; } = 2;
    public int SpareBatch { get; init; }

    /// <summary>Steps of the pass.</summary>
    public int S => Steps > 0 ? Steps : T;

    /// <summary>Size of h.</summary>
    public int StateSize => P > 0 ? P : H;

    public long Work => (long)S * B * 4 * H * (I + H);

    public LstmDescriptor Descriptor(bool training = true) => new(B + SpareBatch, T, I, H, Reverse, training)
    {
        Projection = P, LayerNorm = Norm, ZoneoutHidden = ZoneoutHidden, ZoneoutCell = ZoneoutCell,
            RecurrentDropout = Mask,
        Lengths = Lengths != null, GateSlope = GateSlope,
    };

    public override string ToString() => $"T{S}/{T} B{B} I{I} H{H}" + (P > 0 ? $" P{P}" : "") + (Norm ? " norm" : "")
        + (ZoneoutHidden > 0 || ZoneoutCell > 0
            ? $" zoneout {ZoneoutHidden} {ZoneoutCell}{(ZoneoutMasks ? " masks" : "")}" : "")
        + (Mask ? " mask" : "") + (Lengths != null ? $" lengths {string.Join(' ', Lengths)}" : "")
        + (GateSlope > 0 ? $" slope {GateSlope:0.00}" : "") + (Reverse ? " reverse" : "")
        + (States ? " states" : "") + (Biases < 2 ? $" {Biases} biases" : "");
}

/// <summary>Layers with a projection, layer norm, zoneout, recurrent dropout or lengths, alone and together.</summary>
public class LstmVariantFixture(TestEngine on) : OperationFixture(on)
{
    private const double Tolerance = 3e-5; // layer norm divides by small deviations

    private static readonly int[] Few = [2, 3, 1], Some = [2, 5, 1], More = [3, 5, 4, 1, 5, 2, 5];

    private static readonly LstmVariantShape[] Shapes =
    [
        new(5, 3, 3, 17, P: 5) { States = true }, new(3, 5, 31, 33, P: 16) { Reverse = true }, new(1, 1, 1, 1, P: 1),
        new(5, 3, 3, 17) { Norm = true, States = true }, new(4, 7, 33, 31) { Norm = true, Reverse = true, Biases = 1 },
        new(5, 3, 3, 17) { ZoneoutHidden = 0.3f, ZoneoutCell = 0.2f, ZoneoutMasks = true, States = true },
        new(5, 3, 7, 33) { ZoneoutHidden = 0.3f, ZoneoutCell = 0.2f, Reverse = true },
        new(5, 3, 7, 16) { ZoneoutHidden = 0.4f, ZoneoutMasks = true },
            new(3, 5, 7, 16) { ZoneoutCell = 0.4f, ZoneoutMasks = true },
        new(5, 3, 3, 17) { Mask = true, States = true }, new(4, 5, 3, 33) { Mask = true, Reverse = true, Biases = 0 },
        new(5, 3, 3, 17) { Lengths = Some, States = true },
            new(5, 3, 3, 17) { Lengths = Some, States = true, Reverse = true },
        new(5, 7, 5, 33) { Lengths = More }, new(5, 7, 5, 33) { Lengths = More, Reverse = true, SpareBatch = 2 },
        new(7, 3, 3, 17) { Lengths = Some, Steps = 5, Reverse = true }, new(7, 3, 3, 17) { Steps = 5, States = true },
        new(5, 7, 5, 20) { Lengths = More, States = true, Mask = true, ZoneoutHidden = 0.3f, ZoneoutCell = 0.2f,
            ZoneoutMasks = true },
        new(5, 7, 5, 20, P: 9)
        {
            Lengths = More, States = true, Reverse = true, Norm = true, Mask = true, ZoneoutHidden = 0.3f,
            ZoneoutCell = 0.2f, ZoneoutMasks = true,
        },
        new(3, 3, 3, 5, P: 2) { States = true, Reverse = true }, new(2, 3, 5, 9) { Norm = true, States = true },
        new(3, 3, 3, 5) { ZoneoutHidden = 0.3f, ZoneoutCell = 0.2f, ZoneoutMasks = true, Mask = true },
        new(3, 3, 3, 5) { Lengths = Few, States = true, Reverse = true },
            new(3, 3, 3, 5) { Lengths = Few, ZoneoutHidden = 0.3f },
        new(3, 100, 28, 64) { Mask = true, ZoneoutHidden = 0.1f, ZoneoutCell = 0.5f, ZoneoutMasks = true },
    ];

    private static readonly LstmVariantShape[] HardShapes =
    [
        new(5, 3, 3, 17) { GateSlope = 0.2f, States = true }, new(4, 7, 33, 31) { GateSlope = 1f / 6, Reverse = true },
        new(5, 7, 5, 33) { GateSlope = 0.2f, Lengths = More }, new(1, 1, 1, 1) { GateSlope = 1f / 6, Biases = 1 },
        new(5, 7, 5, 33, P: 9) { GateSlope = 0.2f, Lengths = More, Reverse = true, Norm = true, SpareBatch = 2 },
        new(7, 3, 28, 128) { GateSlope = 0.2f, Steps = 5, Biases = 0 },
    ];

    [Test]
    public void Outputs_and_all_gradients([ValueSource(nameof(Shapes))] LstmVariantShape shape)
    {
        NeedsWork(3 * shape.Work);
        NeedsGroups(2 * shape.S);
        Layer layer = Make(shape);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        LstmForwardPass pass = Forward(plan, layer, shape);
        Dictionary<string, Guarded<float>> gradients = [];
        ArrayView<float> Named(string name, int count) => (gradients[name] = Output(count, name)).View;
        (int S, int B, int I, int H, int P) = (shape.S, shape.B, shape.I, shape.H, shape.StateSize);
        Operations.LstmBackward(plan, new()
        {
            Forward = pass,
            Gradients = new(Named("Ih", 4 * H * I), Named("Hh", 4 * H * P), shape.Biases > 0 ? Named("Bias", 4 * H)
                : default,
                shape.Biases > 1 ? Named("Bias 2", 4 * H) : default)
            {
                Hr = shape.P > 0 ? Named("Hr", P * H) : default,
                GainIh = shape.Norm ? Named("GainIh", 4 * H) : default, GainHh = shape.Norm ? Named("GainHh", 4 * H)
                    : default,
                GainC = shape.Norm ? Named("GainC", H) : default, BiasC = shape.Norm ? Named("BiasC", H) : default,
            },
            DY = Input(layer.From.Y!, "dy").View, DHLast = Input(layer.From.HLast!, "dh").View,
            DCLast = Input(layer.From.CLast!, "dc").View,
            DX = Named("X", S * B * I), DH0 = Named("H0", B * P), DC0 = Named("C0", B * H),
        });
        LstmOutput output = ReferenceExtendedLstm.Forward(layer.Weights, layer.Extensions, layer.Input, shape.Reverse);
        LstmExtendedGradients expected = ReferenceExtendedLstm.Backward(
            layer.Weights, layer.Extensions, layer.Input, output, layer.From, shape.Reverse);
        foreach ((string name, Guarded<float> gradient) in gradients)
            CloseToScale(gradient.Read(), name switch
            {
                "Ih" => expected.Plain.Ih, "Hh" => expected.Plain.Hh, "X" => expected.Plain.X, "H0" =>
                    expected.Plain.H0, "C0" => expected.Plain.C0,
                "Hr" => expected.Projection!, "GainIh" => expected.Norm!.GainIh, "GainHh" => expected.Norm!.GainHh,
                "GainC" => expected.Norm!.GainC, "BiasC" => expected.Norm!.BiasC, _ => expected.Plain.Bias,
            }, Tolerance, $"gradient of {name}");
    }

    [Test]
    public void Hard_sigmoid_gates_have_outputs([ValueSource(nameof(HardShapes))] LstmVariantShape shape)
    {
        Inference_gives_the_same_outputs(shape);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        LstmForwardPass pass = Forward(plan, Make(shape), shape);
        Assert.Throws<NotSupportedException>(
            () => Operations.LstmBackward(plan, new() { Forward = pass, Gradients = default }));
    }

    [Test]
    public void Inference_gives_the_same_outputs([ValueSource(nameof(Shapes))] LstmVariantShape shape)
    {
        NeedsWork(shape.Work);
        NeedsGroups(shape.S);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor(training: false));
        Forward(plan, Make(shape), shape);
    }

    [Test]
    public void A_plan_forgets_the_pass_before()
    {
        LstmVariantShape shape = new(6, 7, 5, 20)
        {
            Lengths = More, Mask = true, ZoneoutHidden = 0.3f, ZoneoutMasks = true, States = true,
        };
        NeedsGroups(4 * shape.S);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        foreach (LstmVariantShape next in new[] { shape, shape with { B = 3, Lengths = Some, Steps = 5 },
            shape with { States = false }, shape with { Lengths = null } })
            Forward(plan, Make(next), next);
    }

    [Test]
    public void What_the_plan_was_not_made_for_is_refused()
    {
        LstmVariantShape plain = new(5, 3, 3, 17), lengths = plain with { Lengths = Some },
            mask = plain with { Mask = true };
        using LstmPlan plan = Operations.PlanLstm(plain.Descriptor());
        Assert.Throws<ArgumentException>(() => Forward(plan, Make(lengths), lengths));
        Assert.Throws<ArgumentException>(() => Forward(plan, Make(mask), mask));
    }

    private sealed record Layer(LstmWeights Weights, LstmExtensions Extensions, LstmInput Input,
        LstmOutputGradients From);

    private Layer Make(LstmVariantShape shape)
    {
        (int S, int B, int I, int H, int P) = (shape.S, shape.B, shape.I, shape.H, shape.StateSize);
        double range = Math.Min(1, 2 / Math.Sqrt(H));
        LstmWeights weights = new(I, H, Numbers.Uniforms(4 * H * I, range), Numbers.Uniforms(4 * H * P, range),
            shape.Biases > 0 ? Numbers.Uniforms(4 * H, range) : new double[4 * H],
            shape.Biases > 1 ? Numbers.Uniforms(4 * H, range) : new double[4 * H]);
        double[] Zone(double rate, int count) => shape.ZoneoutMasks ? Numbers.Mask(count, rate)
            : [.. Enumerable.Repeat((double)(float)rate, count)];
        LstmExtensions extensions = new()
        {
            Projection = shape.P > 0 ? Numbers.Uniforms(P * H, range) : null,
            ZoneoutH = shape.ZoneoutHidden > 0 ? Zone(shape.ZoneoutHidden, S * B * P) : null,
            ZoneoutC = shape.ZoneoutCell > 0 ? Zone(shape.ZoneoutCell, S * B * H) : null,
            RecurrentMask = shape.Mask ? Numbers.Mask(B * P, 0.5, 2) : null, GateSlope = shape.GateSlope,
            Norm = shape.Norm ? new(Numbers.Uniforms(4 * H), Numbers.Uniforms(4 * H), Numbers.Uniforms(H),
                Numbers.Uniforms(H)) : null,
        };
        LstmInput input = new(S, B, Numbers.Uniforms(S * B * I), shape.States ? Numbers.Uniforms(B * P) : null,
            shape.States ? Numbers.Uniforms(B * H) : null, shape.Lengths);
        return new(weights, extensions, input, new(Numbers.Uniforms(S * B * P), Numbers.Uniforms(B * P),
            Numbers.Uniforms(B * H)));
    }

    /// <summary>Runs the pass and checks its outputs.</summary>
    private LstmForwardPass Forward(LstmPlan plan, Layer layer, LstmVariantShape shape)
    {
        (int S, int B, int H, int P) = (shape.S, shape.B, shape.H, shape.StateSize);
        (LstmWeights weights, LstmExtensions extensions, LstmInput input, _) = layer;
        ArrayView<float> Optional(double[]? values, bool given, string name) => given && values != null
            ? Input(values, name).View : default;
        ArrayView<byte> Bytes(double[]? mask, string name) =>
            mask == null || !shape.ZoneoutMasks ? default : Input<byte>([.. mask.Select(m => (byte)m)], name).View;
        Guarded<float> y = Output(S * B * P, "y"), h = Output(B * P, "hLast"), c = Output(B * H, "cLast");
        LstmForwardPass pass = new()
        {
            BatchSize = B, Steps = shape.Steps, X = Input(input.X, "x").View, Y = y.View, HLast = h.View,
            CLast = c.View,
            Lengths = input.Lengths == null ? default : Input<int>(input.Lengths, "lengths").View,
            H0 = Optional(input.H0, true, "h0"), C0 = Optional(input.C0, true, "c0"),
            RecurrentMask = Optional(extensions.RecurrentMask, true, "mask"),
            ZoneoutH = Bytes(extensions.ZoneoutH, "zoneout h"), ZoneoutC = Bytes(extensions.ZoneoutC, "zoneout c"),
            Weights = new(Input(weights.Ih, "w_ih").View, Input(weights.Hh, "w_hh").View,
                Optional(weights.BiasIh, shape.Biases > 0, "b_ih"), Optional(weights.BiasHh, shape.Biases > 1, "b_hh"))
            {
                Hr = Optional(extensions.Projection, true, "w_hr"),
                GainIh = Optional(extensions.Norm?.GainIh, true, "gain_ih"),
                GainHh = Optional(extensions.Norm?.GainHh, true, "gain_hh"),
                GainC = Optional(extensions.Norm?.GainC, true, "gain_c"),
                BiasC = Optional(extensions.Norm?.BiasC, true, "bias_c"),
            },
        };
        Operations.LstmForward(plan, pass);
        LstmOutput expected = ReferenceExtendedLstm.Forward(weights, extensions, input, shape.Reverse);
        CloseToScale(y.Read(), expected.Y, Tolerance, "y");
        CloseToScale(h.Read(), expected.HLast, Tolerance, "hLast");
        CloseToScale(c.Read(), expected.CLast, Tolerance, "cLast");
        return pass;
    }
}
