using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;
using ILGPU;

namespace GpuLstm.Tests.OperationFixtures;

public class LstmFixture(TestEngine on) : OperationFixture(on)
{
    // Of the largest magnitude: some 160 roundings, what sums of a hundred terms and exp's last bits may add up to over
    // the steps.
    private const double Tolerance = 1e-5;

    private static readonly LstmShape[] Shapes =
    [
        new(1, 1, 1, 1), new(3, 1, 3, 1, Reverse: true), new(2, 3, 1, 3) { States = true }, new(5, 3, 31, 33),
        new(7, 33, 3, 31) { States = true }, new(7, 33, 3, 31, Reverse: true) { States = true }, new(2, 100, 33, 100),
        new(28, 31, 28, 64), new(3, 16, 32, 128) { States = true }, new(4, 5, 100, 3),
        new(3, 5, 3, 16) { SpareBatch = 7, States = true },
        new(3, 5, 3, 17) { Biases = 1 }, new(3, 5, 3, 15, Reverse: true) { Biases = 0, States = true },
    ];

    [Test]
    public void Forward_gates_and_cells([ValueSource(nameof(Shapes))] LstmShape shape)
    {
        NeedsWork(shape.Work);
        LstmCase layer = new(shape, Numbers);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        Forward forward = Run(plan, layer);
        LstmOutput expected = layer.Forward();
        Check(forward, expected);
        LstmTrace trace = Operations.ReadTrace(plan);
        CloseToScale(trace.Gates, expected.Gates, Tolerance, "gates");
        CloseToScale(trace.Cells, expected.C, Tolerance, "cells");
    }

    [Test]
    public void An_inference_plan_gives_the_same([ValueSource(nameof(Shapes))] LstmShape shape)
    {
        NeedsWork(shape.Work);
        LstmCase layer = new(shape, Numbers);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor(training: false));
        Check(Run(plan, layer), layer.Forward());
    }

    [Test]
    public void All_gradients([ValueSource(nameof(Shapes))] LstmShape shape)
    {
        NeedsWork(3 * shape.Work);
        LstmCase layer = new(shape, Numbers);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        Check(layer, RunBack(plan, layer, Run(plan, layer)));
    }

    [TestCase(true, false, false)]
    [TestCase(false, true, false)]
    [TestCase(false, false, true)]
    [TestCase(false, false, false)]
    public void Gradients_left_out_count_as_zero(bool y, bool h, bool c)
    {
        LstmShape shape = new(4, 5, 7, 33) { States = true };
        LstmCase layer = new(shape, Numbers);
        (double[]? dy, double[]? dh, double[]? dc) = layer.From;
        layer.From = new(y ? dy : null, h ? dh : null, c ? dc : null);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        Check(layer, RunBack(plan, layer, Run(plan, layer)));
    }

    [Test]
    public void Outputs_left_out_change_nothing_else([Values] bool reverse)
    {
        LstmShape shape = new(4, 5, 7, 33, reverse);
        LstmCase layer = new(shape, Numbers);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        Forward forward = Run(plan, layer, last: false);
        CloseToScale(forward.Y.Read(), layer.Forward().Y, Tolerance, "y");
        Check(layer, RunBack(plan, layer, forward, inputs: false));
    }

    [Test]
    public void The_inputs_gradient_can_be_added([Values(3, 33, 64)] int inputs)
    {
        LstmShape shape = new(3, 5, inputs, 17);
        LstmCase layer = new(shape, Numbers);
        double[] before = Numbers.Uniforms(shape.T * shape.B * shape.I);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        Guarded<float> dx = Updated(before, "dx");
        RunBack(plan, layer, Run(plan, layer), addTo: dx);
        double[] own = layer.Backward(layer.Forward()).X;
        CloseToScale(dx.Read(), [.. own.Zip(before, (a, b) => a + b)], Tolerance, "dx");
    }

    [Test]
    public void A_plan_forgets_the_batch_before()
    {
        LstmShape large = new(4, 9, 7, 33) { States = true }, small = large with { B = 3, SpareBatch = 6 };
        using LstmPlan plan = Operations.PlanLstm(large.Descriptor());
        foreach (LstmShape shape in new[] { large, small, large })
        {
            LstmCase layer = new(shape, Numbers);
            Forward forward = Run(plan, layer);
            Check(forward, layer.Forward());
            Check(layer, RunBack(plan, layer, forward));
        }
    }

    [Test]
    public void The_same_pass_gives_the_same_bits()
    {
        LstmShape shape = new(7, 31, 28, 33) { States = true };
        NeedsWork(6 * shape.Work);
        LstmCase layer = new(shape, Numbers);
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        float[][] Bits()
        {
            Forward forward = Run(plan, layer);
            Gradients gradients = RunBack(plan, layer, forward);
            return [forward.Y.Read(), .. gradients.Named.Values.Select(g => g.Read())];
        }
        float[][] first = Bits(), second = Bits();
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void Saturated_gates_stay_finite()
    {
        LstmShape shape = new(3, 3, 5, 17);
        LstmCase layer = new(shape, Numbers);
        for (int i = 0; i < layer.Weights.Ih.Length; i++)
            layer.Weights.Ih[i] *= 512;
        using LstmPlan plan = Operations.PlanLstm(shape.Descriptor());
        Forward forward = Run(plan, layer);
        CloseToScale(forward.Y.Read(), layer.Forward().Y, Tolerance, "y");
        Check(layer, RunBack(plan, layer, forward));
    }

    private sealed record Forward(LstmForwardPass Pass, Guarded<float> Y, Guarded<float>? HLast, Guarded<float>? CLast);

    private sealed record Gradients(Dictionary<string, Guarded<float>> Named);

    private Forward Run(LstmPlan plan, LstmCase layer, bool last = true)
    {
        (int T, int B, int H, int biases) = (layer.Shape.T, layer.Shape.B, layer.Shape.H, layer.Shape.Biases);
        ArrayView<float> Optional(double[]? values, bool given, string name) =>
            given && values != null ? Input(values, name).View : default;
        LstmWeights weights = layer.Weights;
        Guarded<float> y = Output(T * B * H, "y");
        Guarded<float>? h = last ? Output(B * H, "hLast") : null, c = last ? Output(B * H, "cLast") : null;
        LstmForwardPass pass = new()
        {
            BatchSize = B, X = Input(layer.Input.X, "x").View,
            Y = y.View, HLast = h?.View ?? default, CLast = c?.View ?? default,
            Weights = new(Input(weights.Ih, "w_ih").View, Input(weights.Hh, "w_hh").View,
                Optional(weights.BiasIh, biases > 0, "b_ih"), Optional(weights.BiasHh, biases > 1, "b_hh")),
            H0 = Optional(layer.Input.H0, true, "h0"), C0 = Optional(layer.Input.C0, true, "c0"),
        };
        Operations.LstmForward(plan, pass);
        return new(pass, y, h, c);
    }

    /// <param name="inputs">Whether the gradients of x, h0 and c0 are asked for.</param>
    /// <param name="addTo">What the gradient of x is added to; null: it overwrites.</param>
    private Gradients RunBack(LstmPlan plan, LstmCase layer, Forward forward, bool inputs = true,
        Guarded<float>? addTo = null)
    {
        (int T, int B, int I, int H) = (layer.Shape.T, layer.Shape.B, layer.Shape.I, layer.Shape.H);
        Dictionary<string, Guarded<float>> named = new()
        {
            ["w_ih"] = Output(4 * H * I, "dw_ih"), ["w_hh"] = Output(4 * H * H, "dw_hh"),
        };
        if (layer.Shape.Biases > 0)
            named["b_ih"] = Output(4 * H, "db_ih");
        if (layer.Shape.Biases > 1)
            named["b_hh"] = Output(4 * H, "db_hh");
        if (inputs)
            (named["x"], named["h0"], named["c0"]) =
                (Output(T * B * I, "dx"), Output(B * H, "dh0"), Output(B * H, "dc0"));
        ArrayView<float> Named(string name) => named.GetValueOrDefault(name)?.View ?? default;
        ArrayView<float> Entering(double[]? values, string name) =>
            values == null ? default : Input(values, name).View;
        Operations.LstmBackward(plan, new()
        {
            Forward = forward.Pass, Gradients = new(Named("w_ih"), Named("w_hh"), Named("b_ih"), Named("b_hh")),
            DY = Entering(layer.From.Y, "dy"), DHLast = Entering(layer.From.HLast, "dhLast"),
            DCLast = Entering(layer.From.CLast, "dcLast"),
            DX = addTo?.View ?? Named("x"), AccumulateDX = addTo != null, DH0 = Named("h0"), DC0 = Named("c0"),
        });
        return new(named);
    }

    private static void Check(Forward forward, LstmOutput expected)
    {
        CloseToScale(forward.Y.Read(), expected.Y, Tolerance, "y");
        CloseToScale(forward.HLast!.Read(), expected.HLast, Tolerance, "hLast");
        CloseToScale(forward.CLast!.Read(), expected.CLast, Tolerance, "cLast");
    }

    private static void Check(LstmCase layer, Gradients actual)
    {
        LstmGradients expected = layer.Backward(layer.Forward());
        foreach ((string name, Guarded<float> gradient) in actual.Named)
            CloseToScale(gradient.Read(), name switch
            {
                "w_ih" => expected.Ih, "w_hh" => expected.Hh, "b_ih" or "b_hh" => expected.Bias,
                "x" => expected.X, "h0" => expected.H0, _ => expected.C0,
            }, Tolerance, $"gradient of {name}");
    }
}
