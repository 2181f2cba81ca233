using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.OperationFixtures;
using GpuLstm.Tests.Reference;
using ILGPU;

namespace GpuLstm.Tests.Accelerators;

/// <summary>A layer on an accelerator of the test's own, against the reference: for ways to run the recurrence that the
/// fixtures' accelerators do not choose.</summary>
internal static class RecurrenceCheck
{
    /// <summary>Values and all gradients.</summary>
    public static void Run(Engine engine, LstmShape shape)
    {
        LstmCase layer = new(shape, new SampleNumbers(1));
        LstmOutput output = layer.Forward();
        LstmGradients expected = layer.Backward(output);
        (int states, int sequence) = (shape.B * shape.H, shape.T * shape.B * shape.H);
        ArrayView<float> In(double[]? values) =>
            values is null ? default : engine.Upload<float>(Compare.Narrow(values)).View;
        ArrayView<float> Out(int count) => In([.. Enumerable.Repeat(double.NaN, count)]);
        LstmForwardPass forward = new()
        {
            BatchSize = shape.B, X = In(layer.Input.X), Y = Out(sequence), H0 = In(layer.Input.H0),
            C0 = In(layer.Input.C0), HLast = Out(states), CLast = Out(states),
            Weights = new(In(layer.Weights.Ih), In(layer.Weights.Hh), In(layer.Weights.BiasIh),
                In(layer.Weights.BiasHh)),
        };
        LstmBackwardPass backward = new()
        {
            Forward = forward, DY = In(layer.From.Y), DHLast = In(layer.From.HLast), DCLast = In(layer.From.CLast),
            Gradients = new(Out(expected.Ih.Length), Out(expected.Hh.Length), Out(4 * shape.H), Out(4 * shape.H)),
            DX = Out(expected.X.Length), DH0 = Out(states), DC0 = Out(states),
        };
        using LstmPlan plan = engine.Operations.PlanLstm(shape.Descriptor());
        engine.Operations.LstmForward(plan, forward);
        engine.Operations.LstmBackward(plan, backward);

        (ArrayView<float> Actual, double[] Expected, string Name)[] all =
        [
            (forward.Y, output.Y, "y"), (forward.HLast, output.HLast, "hLast"), (forward.CLast, output.CLast, "cLast"),
            (backward.Gradients.Ih, expected.Ih, "w_ih"), (backward.Gradients.Hh, expected.Hh, "w_hh"),
            (backward.Gradients.BiasIh, expected.Bias, "b_ih"), (backward.Gradients.BiasHh, expected.Bias, "b_hh"),
            (backward.DX, expected.X, "x"), (backward.DH0, expected.H0, "h0"), (backward.DC0, expected.C0, "c0"),
        ];
        Assert.Multiple(() =>
        {
            foreach ((ArrayView<float> actual, double[] right, string name) in all)
                Compare.Close(engine.Read(actual), right, 1e-5 * right.Max(Math.Abs), 0, name);
        });
    }
}
