using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Layers;
using GpuLstm.Tests.Reference;
using ILGPU;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>Stacks with initial and final states, outputs at every step, lengths (torch's packed sequences) and
/// projections, against torch.nn.LSTM.</summary>
public class LstmTorchFixture(TestEngine on) : OperationFixture(on)
{
    private const double Tolerance = 2e-5;

    private static IEnumerable<TorchCase> Cases => TorchVectors.Of("lstm");

    [TestCaseSource(nameof(Cases))]
    public void Outputs_states_and_all_gradients_are_PyTorchs(TorchCase torch)
    {
        (int T, int B, int layers, int directions) = (torch.T, torch.B, torch.Sizes["L"], torch.Sizes["D"]);
        if (torch.Lengths != null || torch.Sizes["P"] > 0)
            NeedsGroups(2 * T * layers * directions);
        LstmSpec spec = new(torch.I, torch.H, layers, 2,
            new() { Bidirectional = directions == 2, Projection = torch.Sizes["P"] });
        using var parameters = new ParameterSet(Engine, [.. spec.Parameters("lstm")], training: true);
        foreach (ParameterSpec parameter in parameters.Specs)
            Engine.Write<float>(parameters.Value(parameter.Name), Compare.Narrow(torch.Parameters[parameter.Name]));
        using var lstm = new Lstm(Engine, parameters, "lstm", spec, new()
        {
            MaxBatch = B + 1, TimeSteps = T + 1, Training = true, EveryStep = true, Lengths = torch.Lengths != null,
        });
        using LstmState initial = State(spec, B, torch.Inputs["h0"], torch.Inputs["c0"]),
            final = new(Engine, spec, B + 1);
        ArrayView<float> last = lstm.Forward(new LstmBatch
        {
            BatchSize = B, X = Input(torch.Inputs["x"], "x").View, Steps = T, Initial = initial, Final = final,
            Lengths = torch.Lengths == null ? default : Input<int>(torch.Lengths, "lengths").View,
        });
        CloseToScale(Engine.Read(lstm.Outputs), torch.Outputs["y"], Tolerance, "y");
        (double[] hn, double[] cn) = (torch.Outputs["hn"], torch.Outputs["cn"]);
        Check(spec, B, final, hn, cn, "final");
        int P = spec.StateSize(0), top = (layers - 1) * directions;
        CloseToScale(Engine.Read(last),
            [.. Enumerable.Range(0, B * directions * P).Select(i =>
                hn[((top + i / P % directions) * B + i / P / directions) * P + i % P])],
            Tolerance, "the last layer's final h, both directions side by side");

        Guarded<float> dx = Output(torch.Inputs["x"].Length, "dx");
        using LstmState dFinal = State(spec, B, torch.Inputs["dhn"], torch.Inputs["dcn"]),
            dInitial = new(Engine, spec, B);
        lstm.Backward(new LstmBatchGradients { Outputs = Input(torch.Inputs["dy"], "dy").View, Final = dFinal,
            X = dx.View, Initial = dInitial });
        CloseToScale(dx.Read(), torch.Gradients["x"], Tolerance, "dx");
        Check(spec, B, dInitial, torch.Gradients["h0"], torch.Gradients["c0"], "gradient of the initial");
        foreach (ParameterSpec parameter in parameters.Specs)
            CloseToScale(Engine.Read(parameters.Gradient(parameter.Name)), torch.Gradients[parameter.Name], Tolerance,
                parameter.Name);
    }

    [Test]
    public void A_sequence_in_pieces_is_the_whole_sequence([Values] bool project)
    {
        const int T = 6, B = 3, I = 3, first = 4;
        NeedsGroups(project ? 8 * T : 0);
        LstmSpec spec = new(I, 9, 2, 2, new() { Projection = project ? 4 : 0 });
        using var parameters = new ParameterSet(Engine, [.. spec.Parameters("lstm")], training: true);
        ParameterInitialiser.Initialise(parameters, Initialisation.PyTorch, seed: 7);
        LstmUse use = new() { MaxBatch = B, TimeSteps = T, Training = true, EveryStep = true };
        using var lstm = new Lstm(Engine, parameters, "lstm", spec, use);
        using LstmState middle = new(Engine, spec, B), end = new(Engine, spec, B),
            whole = new(Engine, spec, B);
        using LstmState dMiddle = new(Engine, spec, B);
        Guarded<float> x = Input(Numbers.Uniforms(T * B * I), "x");
        ArrayView<float> head = x.View.Slice(0, first * B * I),
            tail = x.View.Slice(first * B * I, (T - first) * B * I);

        float[] last = Engine.Read(lstm.Forward(new LstmBatch { BatchSize = B, X = x.View, Final = whole })),
            outputs = Engine.Read(lstm.Outputs);
        ArrayView<float> dLast = Input(Numbers.Uniforms(last.Length), "dLast").View;
        lstm.Backward(new LstmBatchGradients { Last = dLast });
        double[] gradient = Compare.Widen(Engine.Read(parameters.Gradients));

        lstm.Forward(new LstmBatch { BatchSize = B, X = head, Steps = first, Final = middle });
        float[] start = Engine.Read(lstm.Outputs);
        float[] lastInPieces = Engine.Read(lstm.Forward(new LstmBatch { BatchSize = B, X = tail, Steps = T - first,
            Initial = middle, Final = end }));
        CloseToScale([.. start, .. Engine.Read(lstm.Outputs)], Compare.Widen(outputs), 1e-6, "outputs");
        CloseToScale(lastInPieces, Compare.Widen(last), 1e-6, "last");
        Check(spec, B, end, Read(spec, B, whole, hidden: true), Read(spec, B, whole, hidden: false), "end");

        // Not truncated: the later piece's gradient of its initial state enters the earlier one.
        lstm.Backward(new LstmBatchGradients { Last = dLast, Initial = dMiddle });
        double[] later = Compare.Widen(Engine.Read(parameters.Gradients));
        lstm.Forward(new LstmBatch { BatchSize = B, X = head, Steps = first });
        lstm.Backward(new LstmBatchGradients { Final = dMiddle });
        float[] sum = [.. Engine.Read(parameters.Gradients).Zip(later, (a, b) => (float)(a + b))];
        CloseToScale(sum, gradient, 1e-5, "all gradients");
    }

    [Test]
    public void What_cannot_be_is_refused()
    {
        LstmSpec spec = new(3, 5, 1, 2, new());
        using var parameters = new ParameterSet(Engine, [.. spec.Parameters("lstm")], training: true);
        using var lstm = new Lstm(Engine, parameters, "lstm", spec,
            new() { MaxBatch = 2, TimeSteps = 3, Training = true });
        using LstmState state = new(Engine, spec, 2);
        ArrayView<float> x = Input(Numbers.Uniforms(3 * 2 * 3), "x").View;
        Assert.Multiple(() =>
        {
            Assert.Throws<ArgumentException>(() => lstm.Forward(new LstmBatch { BatchSize = 2, X = x, Initial = state,
                Final = state }));
            Assert.Throws<ArgumentOutOfRangeException>(() => lstm.Forward(new LstmBatch { BatchSize = 3, X = x }));
            Assert.Throws<ArgumentOutOfRangeException>(() =>
                lstm.Forward(new LstmBatch { BatchSize = 2, X = x, Steps = 4 }));
            Assert.Throws<InvalidOperationException>(() => _ = lstm.Outputs);
            Assert.Throws<ArgumentException>(() => lstm.Backward(new LstmBatchGradients { Last = x, Final = state }));
        });
    }

    private LstmState State(LstmSpec spec, int B, double[] h, double[] c)
    {
        LstmState state = new(Engine, spec, B);
        int P = spec.StateSize(0), H = spec.HiddenSize[0];
        for (int place = 0; place < spec.Layers * spec.Directions; place++)
        {
            (int layer, int direction) = (place / spec.Directions, place % spec.Directions);
            Engine.Write<float>(state.Hidden(layer, direction), Compare.Narrow(h.AsSpan(place * B * P, B * P)));
            Engine.Write<float>(state.Cell(layer, direction), Compare.Narrow(c.AsSpan(place * B * H, B * H)));
        }
        return state;
    }

    private double[] Read(LstmSpec spec, int B, LstmState state, bool hidden) =>
    [
        .. Enumerable.Range(0, spec.Layers * spec.Directions).SelectMany(place =>
        {
            (int layer, int direction) = (place / spec.Directions, place % spec.Directions);
            return hidden
                ? Compare.Widen(Engine.Read(state.Hidden(layer, direction))).Take(B * spec.StateSize(layer))
                : Compare.Widen(Engine.Read(state.Cell(layer, direction))).Take(B * spec.HiddenSize[layer]);
        }),
    ];

    private void Check(LstmSpec spec, int B, LstmState state, double[] h, double[] c, string name)
    {
        CloseToScale(Compare.Narrow(Read(spec, B, state, hidden: true)), h, Tolerance, name + " h");
        CloseToScale(Compare.Narrow(Read(spec, B, state, hidden: false)), c, Tolerance, name + " c");
    }
}
