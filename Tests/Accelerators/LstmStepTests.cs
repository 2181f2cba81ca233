using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.Debug;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Runtime.Accelerators.OpenCl;
using GpuLstm.Tests.KernelCompiler;
using GpuLstm.Tests.OperationFixtures;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The recurrence launched step by step, as layers too large for one group are: here a small layer on a device
/// that is said to have little shared memory.</summary>
[TestFixture("debug")]
[TestFixture("opencl")]
[TestFixture("cuda")]
public sealed class LstmStepTests(string id)
{
    private static readonly GpuLimits s_little = new(IsGpu: true, ComputeUnits: 4, MaxGroupSize: 256, SharedBytes: 2048);

    private static readonly LstmShape[] s_shapes =
        [new(3, 5, 7, 17) { States = true }, new(2, 35, 3, 33, Reverse: true) { States = true }, new(3, 3, 5, 20, Reverse: true)];

    [Test]
    public void Steps_give_the_references_values_and_gradients([ValueSource(nameof(s_shapes))] LstmShape shape)
    {
        if (id == "opencl" && OpenClDevice.WhyNone is { } why)
            Toolchain.Missing(why);
        if (id == "cuda" && CudaAccelerator.WhyNone is { } reason)
            Assert.Ignore(reason);
        using Accelerator accelerator = id switch
        {
            "debug" => new DebugAccelerator(s_little),
            "opencl" => new OpenClAccelerator(0, s_little),
            _ => new CudaAccelerator(0, s_little),
        };
        Assert.That(LstmSchedule.Choose(s_little, shape.H).WholeSequence, Is.False);

        LstmCase layer = new(shape, new SampleNumbers(1));
        LstmOutput output = layer.Forward();
        LstmGradients expected = layer.Backward(output);
        (int states, int sequence) = (shape.B * shape.H, shape.T * shape.B * shape.H);
        BufferView<float> In(double[]? values) => values is null ? default : accelerator.Upload<float>(Compare.Narrow(values)).View;
        BufferView<float> Out(int count) => In([.. Enumerable.Repeat(double.NaN, count)]);
        LstmForwardPass forward = new()
        {
            BatchSize = shape.B, X = In(layer.Input.X), Y = Out(sequence), H0 = In(layer.Input.H0), C0 = In(layer.Input.C0),
            HLast = Out(states), CLast = Out(states),
            Weights = new(In(layer.Weights.Ih), In(layer.Weights.Hh), In(layer.Weights.BiasIh), In(layer.Weights.BiasHh)),
        };
        LstmBackwardPass backward = new()
        {
            Forward = forward, DY = In(layer.From.Y), DHLast = In(layer.From.HLast), DCLast = In(layer.From.CLast),
            Gradients = new(Out(expected.Ih.Length), Out(expected.Hh.Length), Out(4 * shape.H), Out(4 * shape.H)),
            DX = Out(expected.X.Length), DH0 = Out(states), DC0 = Out(states),
        };
        using LstmPlan plan = accelerator.Operations.PlanLstm(shape.Descriptor());
        accelerator.Operations.LstmForward(plan, forward);
        accelerator.Operations.LstmBackward(plan, backward);

        (BufferView<float> Actual, double[] Expected, string Name)[] all =
        [
            (forward.Y, output.Y, "y"), (forward.HLast, output.HLast, "hLast"), (forward.CLast, output.CLast, "cLast"),
            (backward.Gradients.Ih, expected.Ih, "w_ih"), (backward.Gradients.Hh, expected.Hh, "w_hh"),
            (backward.Gradients.BiasIh, expected.Bias, "b_ih"), (backward.Gradients.BiasHh, expected.Bias, "b_hh"),
            (backward.DX, expected.X, "x"), (backward.DH0, expected.H0, "h0"), (backward.DC0, expected.C0, "c0"),
        ];
        Assert.Multiple(() =>
        {
            foreach ((BufferView<float> actual, double[] right, string name) in all)
                Compare.Close(actual.ToArray(), right, 1e-5 * right.Max(Math.Abs), 0, name);
        });
    }
}
