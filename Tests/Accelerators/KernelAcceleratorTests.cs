using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Accelerators.OpenCl;
using GpuLstm.Tests.KernelCompiler;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The accelerators that run <c>Kernels/Gpu</c> against the CPU's, whose kernels share no code with theirs.</summary>
[TestFixture("debug")]
[TestFixture("opencl")]
public sealed class KernelAcceleratorTests(string id) : IDisposable
{
    private readonly CpuAccelerator _cpu = new();
    private Accelerator _kernels = null!;

    [OneTimeSetUp]
    public void Open()
    {
        if (id == "opencl" && OpenClDevice.WhyNone is { } why)
            Toolchain.Missing(why);
        _kernels = AcceleratorFactory.Open(id);
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _cpu.Dispose();
        _kernels?.Dispose();
    }

    [TestCase(1, 1, 1, 1)]
    [TestCase(3, 31, 33, 5)]
    [TestCase(1, 64, 64, 64)]
    [TestCase(2, 100, 20, 36)]
    [TestCase(1, 70, 130, 17)]
    public void MatMul_agrees(int batch, int m, int n, int k)
    {
        foreach ((bool ta, bool tb) in new[] { (false, false), (false, true), (true, false), (true, true) })
            foreach ((float alpha, float beta, bool bias) in new[] { (1f, 0f, true), (0.5f, 2f, false) })
                Agree((accelerator, data) =>
                {
                    BufferView<float> c = data.Floats(batch * m * n, nan: beta == 0);
                    accelerator.Operations.MatMul(new MatMulPass
                    {
                        Batch = batch, M = m, N = n, K = k, Alpha = alpha, Beta = beta,
                        A = new(data.Floats(batch * m * k), ta ? m : k, ta, m * k), B = new(data.Floats(k * n), tb ? k : n, tb),
                        C = new(c, n, BatchStride: m * n), Bias = bias ? data.Floats(n) : default,
                    });
                    return [c];
                });
    }

    [TestCase(5, 3, 4, 8, false)]
    [TestCase(3, 6, 7, 33, true)]
    [TestCase(1, 1, 1, 1, false)]
    [TestCase(2, 9, 5, 300, true)] // H beyond a group of the debugger: step by step
    public void Lstm_agrees(int t, int b, int i, int h, bool reverse)
    {
        foreach (bool states in new[] { true, false })
            Agree((accelerator, data) =>
            {
                LstmWeightViews weights = new(
                    data.Floats(4 * h * i, 0.4f), data.Floats(4 * h * h, 1f / h), data.Floats(4 * h), data.Floats(4 * h));
                LstmForwardPass forward = new()
                {
                    BatchSize = b, Weights = weights, X = data.Floats(t * b * i), Y = data.Floats(t * b * h, nan: true),
                    H0 = states ? data.Floats(b * h) : default, C0 = states ? data.Floats(b * h) : default,
                    HLast = data.Floats(b * h, nan: true), CLast = data.Floats(b * h, nan: true),
                };
                LstmBackwardPass backward = new()
                {
                    Forward = forward,
                    Gradients = new(data.Floats(4 * h * i, nan: true), data.Floats(4 * h * h, nan: true),
                        data.Floats(4 * h, nan: true), data.Floats(4 * h, nan: true)),
                    DY = data.Floats(t * b * h), DHLast = states ? data.Floats(b * h) : default,
                    DCLast = states ? data.Floats(b * h) : default, DX = data.Floats(t * b * i, nan: true),
                    DH0 = data.Floats(b * h, nan: true), DC0 = data.Floats(b * h, nan: true),
                };
                using LstmPlan plan = accelerator.Operations.PlanLstm(new(b + 1, t, i, h, reverse));
                accelerator.Operations.LstmForward(plan, forward);
                LstmTrace trace = accelerator.Operations.ReadTrace(plan);
                accelerator.Operations.LstmBackward(plan, backward);
                return
                [
                    forward.Y, forward.HLast, forward.CLast, backward.Gradients.Ih, backward.Gradients.Hh,
                    backward.Gradients.BiasIh, backward.Gradients.BiasHh, backward.DX, backward.DH0, backward.DC0,
                    data.Copy(trace.Gates), data.Copy(trace.Cells),
                ];
            });
    }

    [TestCase(1, 1)]
    [TestCase(33, 10)]
    [TestCase(300, 3)]
    public void Softmax_cross_entropy_agrees(int b, int classes) => Agree((accelerator, data) =>
    {
        CrossEntropyPass pass = new()
        {
            BatchSize = b, Classes = classes, Logits = data.Floats(b * classes, 5), Labels = data.Ints(b, classes),
            LabelSmoothing = 0.1f, Result = data.Floats(2), Accumulate = b > 1, DLogits = data.Floats(b * classes, nan: true),
            Probabilities = data.Floats(b * classes, nan: true),
        };
        accelerator.Operations.SoftmaxCrossEntropy(pass);
        return [pass.Result, pass.DLogits, pass.Probabilities];
    });

    [TestCase(0f, false)]
    [TestCase(0.25f, false)]
    [TestCase(0f, true)]
    public void A_step_of_adam_agrees(float maxNorm, bool broken) => Agree((accelerator, data) =>
    {
        const int Count = 1234;
        BufferView<float> norm = data.Floats(1, nan: true), parameters = data.Floats(Count), gradients = data.Floats(Count);
        BufferView<float> first = data.Floats(Count), second = data.Floats(Count, 0.5f, positive: true), history = data.Floats(9, nan: true);
        BufferView<int> state = data.Ints(StepState.Length, 1);
        if (broken)
            gradients.Slice(700, 1).CopyFrom([float.NaN]);
        for (int step = 0; step < 2; step++)
        {
            accelerator.Operations.GlobalNorm(gradients, norm);
            accelerator.Operations.AdamStep(new AdamPass
            {
                Parameters = parameters, Gradients = gradients, FirstMoment = first, SecondMoment = second, Norm = norm, State = state,
                Schedule = data.Copy([0.01f, 10, 31, 0.02f, 5, 22]), Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f,
                WeightDecay = 0.1f, MaxNorm = maxNorm,
            });
            accelerator.Operations.EndStep(state, 7, data.Copy([14f, 3f]), norm, history);
        }
        float[] counts = [.. state.ToArray().Select(value => (float)value)];
        return broken ? [parameters, first, second, data.Copy(counts)] : [norm, parameters, first, second, history.Slice(0, 6), data.Copy(counts)];
    });

    [Test]
    public void Gather_sums_fills_and_copies_agree() => Agree((accelerator, data) =>
    {
        const int N = 20, T = 3, I = 5, B = 7;
        BufferView<float> x = data.Floats(T * B * I, nan: true), sums = data.Floats(33, nan: true), copy = data.Floats(33, nan: true);
        BufferView<int> labels = data.Ints(B, 2), state = data.Ints(StepState.Length, 1);
        state.Slice(StepState.Position, 1).CopyFrom([4]);
        accelerator.Operations.GatherBatch(new GatherPass
        {
            BatchSize = B, TimeSteps = T, InputSize = I, Items = data.Bytes(N * T * I), ItemLabels = data.Bytes(N), Order = data.Ints(N, N),
            State = state, Start = 3, Scale = 1 / 255f, Shift = -0.5f, X = x, Labels = labels,
        });
        accelerator.Operations.SumRows(data.Floats(77 * 33), 77, 33, sums);
        accelerator.Operations.Copy(sums, copy);
        accelerator.Operations.Fill(sums.Slice(3, 4), 2.5f);
        return [x, sums, copy, data.Copy([.. labels.ToArray().Select(label => (float)label)])];
    });

    /// <summary>Runs the same on both accelerators, with the same numbers, and compares all outputs.</summary>
    private void Agree(Func<Accelerator, Data, BufferView<float>[]> run)
    {
        float[][] expected = Outputs(_cpu, run), actual = Outputs(_kernels, run);
        for (int output = 0; output < expected.Length; output++)
            Compare.Close(actual[output], [.. expected[output].Select(value => (double)value)], 2e-5, 2e-5, $"output {output}");
    }

    private static float[][] Outputs(Accelerator accelerator, Func<Accelerator, Data, BufferView<float>[]> run)
    {
        using Data data = new(accelerator);
        return [.. run(accelerator, data).Select(view => view.ToArray())];
    }

    /// <summary>Buffers of the same numbers on any accelerator.</summary>
    private sealed class Data(Accelerator accelerator) : IDisposable
    {
        private readonly SampleNumbers _numbers = new(7);
        private readonly List<IDisposable> _buffers = [];

        public BufferView<float> Floats(int count, float range = 1, bool nan = false, bool positive = false) => Copy(
            [.. Enumerable.Range(0, count).Select(_ => nan ? float.NaN : (float)_numbers.Uniform(range))
                .Select(value => positive ? Math.Abs(value) : value)]);

        public BufferView<int> Ints(int count, int below) => Copy([.. Enumerable.Range(0, count).Select(_ => _numbers.Below(below))]);

        public BufferView<byte> Bytes(int count) => Copy([.. Enumerable.Range(0, count).Select(_ => (byte)_numbers.Below(256))]);

        public BufferView<T> Copy<T>(T[] values) where T : unmanaged
        {
            DeviceBuffer<T> buffer = accelerator.Upload<T>(values);
            _buffers.Add(buffer);
            return buffer.View;
        }

        public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());
    }
}
