using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Tests.Reference;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Accelerators;

/// <summary>However a pass is shared out among workers, each sample's values are the same bits.</summary>
[TestFixture]
public sealed class WorkerShareTests
{
    private const int S = 6, I = 5; // steps, inputs

    private static float[][] Run(int threads, int bits, int batch, int hidden, bool training, bool reverse,
        int[]? lengths)
    {
        using var engine = new CpuEngine(threads, bits);
        var numbers = new SampleNumbers(3);
        var owned = new List<IDisposable>();
        ArrayView<T> Own<T>(MemoryBuffer1D<T, Stride1D.Dense> buffer) where T : unmanaged
        {
            owned.Add(buffer);
            return buffer.View;
        }
        ArrayView<float> In(int count) => Own(engine.Upload<float>(Compare.Narrow(numbers.Uniforms(count))));
        LstmWeightViews Weights() => new(In(4 * hidden * I), In(4 * hidden * hidden), In(4 * hidden), default);
        int state = batch * hidden;
        LstmForwardPass forward = new()
        {
            BatchSize = batch, X = In(S * batch * I), Weights = Weights(), H0 = In(state), C0 = In(state),
            Y = In(S * state), HLast = In(state), CLast = In(state),
            Lengths = lengths == null ? default : Own(engine.Upload<int>(lengths)),
        };
        using LstmPlan plan = engine.Operations.PlanLstm(
            new(batch, S, I, hidden, reverse, training) { Lengths = lengths != null });
        engine.Operations.LstmForward(plan, forward);
        List<ArrayView<float>> results = [forward.Y, forward.HLast, forward.CLast];
        if (training)
        {
            LstmBackwardPass backward = new()
            {
                Forward = forward, DY = In(S * state), DHLast = In(state), DCLast = In(state), Gradients = Weights(),
                DX = In(S * batch * I), DH0 = In(state), DC0 = In(state),
            };
            engine.Operations.LstmBackward(plan, backward);
            results.AddRange([backward.DX, backward.DH0, backward.DC0]);
        }
        float[][] read = [.. results.Select(engine.Read)];
        owned.ForEach(buffer => buffer.Dispose());
        return read;
    }

    [Test]
    public void Few_samples(
        [Values(128, 256, 512)] int bits, [Values(1, 2, 4)] int batch, [Values(1, 40, 130)] int hidden) =>
        Check(bits, batch, hidden, training: false, reverse: false, lengths: null);

    [Test]
    public void Sequences_of_several_lengths([Values(128, 512)] int bits, [Values] bool reverse, [Values] bool training,
        [Values("3 6 1 2", "1", "5 6 6 4 1 1 2 3 6 5 4 3 2", "2 2 2 2 2")] string lengths)
    {
        int[] steps = [.. lengths.Split(' ').Select(int.Parse)];
        Check(bits, steps.Length, 20, training, reverse, steps);
    }

    private static void Check(int bits, int batch, int hidden, bool training, bool reverse, int[]? lengths)
    {
        float[][] expected = Run(1, bits, batch, hidden, training, reverse, lengths);
        foreach (int threads in new[] { 2, 3, 5 })
        {
            float[][] actual = Run(threads, bits, batch, hidden, training, reverse, lengths);
            for (int i = 0; i < expected.Length; i++)
                Assert.That(actual[i], Is.EqualTo(expected[i]), $"result {i} on {threads} threads");
        }
    }
}
