using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Layers;
using GpuLstm.Tests.Reference;
using ILGPU;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>Stacks of layers: widths, directions, dropout between layers, and every variant's masks drawn.</summary>
public class LstmStackFixture(TestEngine on) : OperationFixture(on)
{
    private const double Tolerance = 2e-5; // as one layer's, over up to three layers
    private const ulong Seed = 0x1234_5678_9ABC;
    private const int Step = 3;

    /// <summary>A stack and a batch for it.</summary>
    public sealed record Shape(int T, int B, int SpareBatch, LstmSpec Spec)
    {
        public override string ToString() =>
            $"T{T} B{B} I{Spec.InputSize} H{Spec.HiddenSize} x {Spec.Layers}, {Spec.Biases} biases{Spec.Variant.Words}";
    }

    private static readonly LstmVariant Both = new() { Bidirectional = true };

    private static readonly Shape[] Shapes =
    [
        new(1, 1, 0, new(1, 1, 1, 2, Both)), new(5, 3, 0, new(3, 33, 1, 2, Both)),
        new(3, 5, 2, new(7, 16, 2, 1, Both)), new(4, 3, 0, new(5, new(17, 3), 2, 2, new())),
        new(3, 2, 1, new(3, new(5, 31, 7), 3, 2, Both)),
            new(4, 3, 1, new(5, new(17, 3), 2, 2, new() { Dropout = 0.3f })),
        new(3, 5, 0, new(5, new(9, 33, 3), 3, 1, Both with { Dropout = 0.5f })),
        new(4, 3, 2, new(5, new(17, 9), 2, 2, Both with { RecurrentDropout = 0.4f, ZoneoutHidden = 0.2f,
            ZoneoutCell = 0.3f })),
        new(4, 3, 0, new(5, new(17, 9), 2, 1, new() { Projection = 5, LayerNorm = true, Dropout = 0.2f })),
        new(3, 2, 1, new(5, 7, 2, 2, Both with
        {
            Projection = 3, LayerNorm = true, Dropout = 0.2f, RecurrentDropout = 0.4f, ZoneoutHidden = 0.2f,
            ZoneoutCell = 0.3f,
        })),
    ];

    [Test]
    public void Final_state_and_all_gradients([ValueSource(nameof(Shapes))] Shape shape)
    {
        (int T, int B, LstmSpec spec) = (shape.T, shape.B, shape.Spec);
        if (spec.Variant with { Bidirectional = false, Dropout = 0 } != new LstmVariant())
            NeedsGroups(2 * T * spec.Layers * spec.Directions);
        using var parameters = new ParameterSet(Engine, [.. spec.Parameters("lstm")], training: true);
        Dictionary<string, double[]> values = Fill(parameters);
        Guarded<int> state = Input<int>([Step, .. new int[StepState.Length - 1]], "state");
        using var lstm = new Lstm(Engine, parameters, "lstm", spec, new()
        {
            MaxBatch = B + shape.SpareBatch, TimeSteps = T, Training = true, Masks = new(Seed, state.View),
        });
        double[] x = Numbers.Uniforms(T * B * spec.InputSize),
            dFinal = Numbers.Uniforms(B * spec.OutputSize(spec.Layers - 1));
        Guarded<float> xs = Input(x, "x"), dx = Output(x.Length, "dx");

        var reference = new ReferenceLstmLayers(Reference(spec), values, dropout: layer => Dropout(spec, layer, T * B),
            masks: (layer, direction) => Masks(spec, layer, direction, T, B));
        LstmOutput expected = reference.Forward(new(T, B, x));
        CloseToScale(Engine.Read(lstm.Forward(new LstmBatch { BatchSize = B, X = xs.View })),
            Final(expected.HLast, spec, B), Tolerance, "final");

        lstm.Backward(new LstmBatchGradients { Last = Input(dFinal, "dFinal").View, X = dx.View });
        StackGradients gradients = reference.Backward(new(HLast: States(dFinal, expected.HLast.Length, spec, B)));
        CloseToScale(dx.Read(), gradients.X, Tolerance, "dx");
        foreach (ParameterSpec parameter in parameters.Specs)
            CloseToScale(Engine.Read(parameters.Gradient(parameter.Name)), gradients.Parameters[parameter.Name],
                Tolerance, parameter.Name);
    }

    [Test]
    public void Inference_and_training_without_masks_drop_nothing([Values] bool training)
    {
        LstmSpec spec = new(3, 5, 2, 2, Both with { Dropout = 0.5f });
        using var parameters = new ParameterSet(Engine, [.. spec.Parameters("lstm")], training);
        var reference = new ReferenceLstmLayers(Reference(spec), Fill(parameters));
        using var lstm = new Lstm(Engine, parameters, "lstm", spec,
            new() { MaxBatch = 2, TimeSteps = 3, Training = training });
        double[] x = Numbers.Uniforms(3 * 2 * 3);
        CloseToScale(Engine.Read(lstm.Forward(new LstmBatch { BatchSize = 2, X = Input(x, "x").View })),
            Final(reference.Forward(new(3, 2, x)).HLast, spec, 2), Tolerance, "final");
    }

    private static ReferenceLayerSizes Reference(LstmSpec spec) => new(spec.InputSize,
        [.. Enumerable.Range(0, spec.Layers).Select(l => spec.HiddenSize[l])],
        [.. Enumerable.Range(0, spec.Layers).Select(spec.StateSize)], spec.Variant.Bidirectional,
            spec.Variant.LayerNorm);

    /// <summary>Random parameters, gradients poisoned.</summary>
    private Dictionary<string, double[]> Fill(ParameterSet parameters)
    {
        Dictionary<string, double[]> values = [];
        foreach (ParameterSpec spec in parameters.Specs)
        {
            values[spec.Name] = Numbers.Uniforms((int)spec.Count, 0.5);
            Engine.Write<float>(parameters.Value(spec.Name), Compare.Narrow(values[spec.Name]));
            ArrayView<float> gradient = parameters.GradientOrAbsent(spec.Name);
            if (gradient.IsValid)
                Engine.Write<float>(gradient, [.. Enumerable.Repeat(float.NaN, (int)spec.Count)]);
        }
        return values;
    }

    private static double[] Dropout(LstmSpec spec, int layer, int rows) => Mask(
        rows * spec.OutputSize(layer), spec.Variant.Dropout, MaskSource.Stream(layer, MaskUse.Dropout), 0,
            1 / (1 - spec.Variant.Dropout));

    /// <summary>The masks of recurrent dropout and zoneout, each with its stream.</summary>
    private static LstmExtensions Masks(LstmSpec spec, int layer, int direction, int T, int B)
    {
        (int P, int H, LstmVariant variant) = (spec.StateSize(layer), spec.HiddenSize[layer], spec.Variant);
        double[]? Zone(int count, float rate, MaskUse use) =>
            rate == 0 ? null : Mask(count, rate, MaskSource.Stream(layer, use, direction), 1, 0);
        return new()
        {
            RecurrentMask = variant.RecurrentDropout == 0 ? null : Mask(B * P, variant.RecurrentDropout,
                MaskSource.Stream(layer, MaskUse.Recurrent, direction), 0, 1 / (1 - variant.RecurrentDropout)),
            ZoneoutH = Zone(T * B * P, variant.ZoneoutHidden, MaskUse.ZoneoutHidden),
            ZoneoutC = Zone(T * B * H, variant.ZoneoutCell, MaskUse.ZoneoutCell),
        };
    }

    private static double[] Mask(int count, float rate, uint stream, double dropped, double kept) =>
        [.. ReferenceDropout.Mask(count, rate, Seed, stream, Step).Select(keep => keep ? kept : dropped)];

    /// <summary>The last layer's directions side by side, [B, D P], out of all states.</summary>
    private static double[] Final(double[] states, LstmSpec spec, int B)
    {
        int P = spec.StateSize(spec.Layers - 1), D = spec.Directions, start = states.Length - D * B * P;
        return [.. Enumerable.Range(0, B * D * P).Select(i => states[start + (i / P % D * B + i / P / D) * P + i % P])];
    }

    /// <summary>The inverse of <see cref="Final"/>; other layers' states are zero.</summary>
    private static double[] States(double[] final, int count, LstmSpec spec, int B)
    {
        int P = spec.StateSize(spec.Layers - 1), D = spec.Directions, start = count - final.Length;
        var states = new double[count];
        for (int i = 0; i < final.Length; i++)
            states[start + (i / P % D * B + i / P / D) * P + i % P] = final[i];
        return states;
    }
}
