using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Layers;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>Stacks with initial and final states, outputs at every step, lengths (torch's packed sequences) and
/// projections, against torch.nn.LSTM.</summary>
public class LstmTorchFixture(TestAccelerator on) : OperationFixture(on)
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
        using var parameters = new ParameterSet(Accelerator, [.. spec.Parameters("lstm")], training: true);
        foreach (ParameterSpec parameter in parameters.Specs)
            parameters.Value(parameter.Name).CopyFrom(Compare.Narrow(torch.Parameters[parameter.Name]));
        using var lstm = new Lstm(Accelerator, parameters, "lstm", spec, new()
        {
            MaxBatch = B + 1, TimeSteps = T + 1, Training = true, EveryStep = true, Lengths = torch.Lengths != null,
        });
        using LstmState initial = State(spec, B, torch.Inputs["h0"], torch.Inputs["c0"]),
            final = new(Accelerator, spec, B + 1);
        BufferView<float> last = lstm.Forward(new LstmBatch
        {
            BatchSize = B, X = Input(torch.Inputs["x"], "x").View, Steps = T, Initial = initial, Final = final,
            Lengths = torch.Lengths == null ? default : Input<int>(torch.Lengths, "lengths").View,
        });
        CloseToScale(lstm.Outputs.ToArray(), torch.Outputs["y"], Tolerance, "y");
        (double[] hn, double[] cn) = (torch.Outputs["hn"], torch.Outputs["cn"]);
        Check(spec, B, final, hn, cn, "final");
        int P = spec.StateSize(0), top = (layers - 1) * directions;
        CloseToScale(last.ToArray(),
            [.. Enumerable.Range(0, B * directions * P).Select(i =>
                hn[((top + i / P % directions) * B + i / P / directions) * P + i % P])],
            Tolerance, "the last layer's final h, both directions side by side");

        Guarded<float> dx = Output(torch.Inputs["x"].Length, "dx");
        using LstmState dFinal = State(spec, B, torch.Inputs["dhn"], torch.Inputs["dcn"]),
            dInitial = new(Accelerator, spec, B);
        lstm.Backward(new LstmBatchGradients { Outputs = Input(torch.Inputs["dy"], "dy").View, Final = dFinal,
            X = dx.View, Initial = dInitial });
        CloseToScale(dx.Read(), torch.Gradients["x"], Tolerance, "dx");
        Check(spec, B, dInitial, torch.Gradients["h0"], torch.Gradients["c0"], "gradient of the initial");
        foreach (ParameterSpec parameter in parameters.Specs)
            CloseToScale(parameters.Gradient(parameter.Name).ToArray(), torch.Gradients[parameter.Name], Tolerance,
                parameter.Name);
    }

    [Test]
    public void A_sequence_in_pieces_is_the_whole_sequence([Values] bool project)
    {
        const int T = 6, B = 3, I = 3, first = 4;
        NeedsGroups(project ? 8 * T : 0);
        LstmSpec spec = new(I, 9, 2, 2, new() { Projection = project ? 4 : 0 });
        using var parameters = new ParameterSet(Accelerator, [.. spec.Parameters("lstm")], training: true);
        ParameterInitialiser.Initialise(parameters, Initialisation.PyTorch, seed: 7);
        LstmUse use = new() { MaxBatch = B, TimeSteps = T, Training = true, EveryStep = true };
        using var lstm = new Lstm(Accelerator, parameters, "lstm", spec, use);
        using LstmState middle = new(Accelerator, spec, B), end = new(Accelerator, spec, B),
            whole = new(Accelerator, spec, B);
        using LstmState dMiddle = new(Accelerator, spec, B);
        Guarded<float> x = Input(Numbers.Uniforms(T * B * I), "x");
        BufferView<float> head = x.View.Slice(0, first * B * I),
            tail = x.View.Slice(first * B * I, (T - first) * B * I);

        float[] last = lstm.Forward(new LstmBatch { BatchSize = B, X = x.View, Final = whole }).ToArray(),
            outputs = lstm.Outputs.ToArray();
        BufferView<float> dLast = Input(Numbers.Uniforms(last.Length), "dLast").View;
        lstm.Backward(new LstmBatchGradients { Last = dLast });
        double[] gradient = Compare.Widen(parameters.Gradients.ToArray());

        lstm.Forward(new LstmBatch { BatchSize = B, X = head, Steps = first, Final = middle });
        float[] start = lstm.Outputs.ToArray();
        float[] lastInPieces = lstm.Forward(new LstmBatch { BatchSize = B, X = tail, Steps = T - first,
            Initial = middle, Final = end }).ToArray();
        CloseToScale([.. start, .. lstm.Outputs.ToArray()], Compare.Widen(outputs), 1e-6, "outputs");
        CloseToScale(lastInPieces, Compare.Widen(last), 1e-6, "last");
        Check(spec, B, end, Read(spec, B, whole, hidden: true), Read(spec, B, whole, hidden: false), "end");

        // Not truncated: the later piece's gradient of its initial state enters the earlier one.
        lstm.Backward(new LstmBatchGradients { Last = dLast, Initial = dMiddle });
        double[] later = Compare.Widen(parameters.Gradients.ToArray());
        lstm.Forward(new LstmBatch { BatchSize = B, X = head, Steps = first });
        lstm.Backward(new LstmBatchGradients { Final = dMiddle });
        float[] sum = [.. parameters.Gradients.ToArray().Zip(later, (a, b) => (float)(a + b))];
        CloseToScale(sum, gradient, 1e-5, "all gradients");
    }

    [Test]
    public void What_cannot_be_is_refused()
    {
        LstmSpec spec = new(3, 5, 1, 2, new());
        using var parameters = new ParameterSet(Accelerator, [.. spec.Parameters("lstm")], training: true);
        using var lstm = new Lstm(Accelerator, parameters, "lstm", spec,
            new() { MaxBatch = 2, TimeSteps = 3, Training = true });
        using LstmState state = new(Accelerator, spec, 2);
        BufferView<float> x = Input(Numbers.Uniforms(3 * 2 * 3), "x").View;
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
        LstmState state = new(Accelerator, spec, B);
        int P = spec.StateSize(0), H = spec.HiddenSize[0];
        for (int place = 0; place < spec.Layers * spec.Directions; place++)
        {
            (int layer, int direction) = (place / spec.Directions, place % spec.Directions);
            state.Hidden(layer, direction).CopyFrom(Compare.Narrow(h.AsSpan(place * B * P, B * P)));
            state.Cell(layer, direction).CopyFrom(Compare.Narrow(c.AsSpan(place * B * H, B * H)));
        }
        return state;
    }

    private static double[] Read(LstmSpec spec, int B, LstmState state, bool hidden) =>
    [
        .. Enumerable.Range(0, spec.Layers * spec.Directions).SelectMany(place =>
        {
            (int layer, int direction) = (place / spec.Directions, place % spec.Directions);
            return hidden
                ? Compare.Widen(state.Hidden(layer, direction).ToArray()).Take(B * spec.StateSize(layer))
                : Compare.Widen(state.Cell(layer, direction).ToArray()).Take(B * spec.HiddenSize[layer]);
        }),
    ];

    private static void Check(LstmSpec spec, int B, LstmState state, double[] h, double[] c, string name)
    {
        CloseToScale(Compare.Narrow(Read(spec, B, state, hidden: true)), h, Tolerance, name + " h");
        CloseToScale(Compare.Narrow(Read(spec, B, state, hidden: false)), c, Tolerance, name + " c");
    }
}
