using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

public class AugmentedGatherFixture(TestEngine on) : OperationFixture(on)
{
    private const int N = 5, Batch = 3;
    private const double Mean = 0.1307, Deviation = 0.3081;
    private const ulong Seed = 0x123456789ABCDEF0;

    private static readonly Augmentation _all =
        new() { Shift = 2, Rotate = 15, Scale = 0.15f, Shear = 0.2f, Elastic = 2 };

    private static readonly Augmentation[] _ranges =
    [
        new() { Shift = 1.5f }, new() { Rotate = 90 }, new() { Scale = 0.5f }, new() { Shear = 0.5f },
        new() { Elastic = 4 }, _all, new() { Shift = 1e6f, Elastic = 1 },
    ];

    private static readonly (int T, int I)[] _sizes = [(1, 1), (3, 5), (28, 28), (5, 33), (33, 3), (2, 100)];

    [Test]
    public void Images_are_moved_as_the_reference_moves_them(
        [ValueSource(nameof(_ranges))] Augmentation ranges, [ValueSource(nameof(_sizes))] (int T, int I) size)
    {
        (int timeSteps, int inputSize) = size;
        var samples = new Images(Numbers, timeSteps, inputSize);
        int[] order = [4, 0, 3, 1, 2], state = new int[StepState.Length];
        (state[StepState.Step], state[StepState.Position]) = (7, 1);
        var expected = new double[timeSteps * Batch * inputSize];
        for (int b = 0; b < Batch; b++)
        {
            int item = order[1 + b];
            double[] moved = ReferenceAugmentation.Move(
                samples.Item(item), timeSteps, inputSize, ranges, Seed, step: 7, (uint)item);
            for (int t = 0; t < timeSteps; t++)
                for (int i = 0; i < inputSize; i++)
                    expected[(t * Batch + b) * inputSize + i] = (moved[t * inputSize + i] / 255 - Mean) / Deviation;
        }
        (float[] x, int[] labels) = Gather(samples, ranges, Seed, order, state);
        // A place is rounded a few times at up to the image's size; a value changes by at most 1 / Deviation a pixel.
        double tolerance = 16 * RoundOff * Math.Max(timeSteps, inputSize) / Deviation;
        Compare.Close(x, expected, tolerance, 0, "x");
        Assert.That(labels, Is.EqualTo(order[1..4].Select(item => (int)samples.Labels[item])));
    }

    [Test]
    public void An_elastic_range_too_small_to_count_changes_no_bit()
    {
        var samples = new Images(Numbers, 7, 21);
        int[] order = [0, 1, 2];
        float[] still = Gather(samples, default, Seed, order, null).X;
        Assert.That(Gather(samples, new() { Elastic = 1e-30f }, Seed, order, null).X, Is.EqualTo(still));
        Assert.That(Gather(samples, new() { Elastic = 1 }, Seed, order, null).X, Is.Not.EqualTo(still));
    }

    [Test]
    public void Seed_step_and_item_alone_decide_how_an_image_is_moved()
    {
        var samples = new Images(Numbers, 9, 10);
        int[] state = new int[StepState.Length];
        float[] x = Gather(samples, _all, Seed, [2, 3, 4], state).X;
        Assert.That(Gather(samples, _all, Seed, [2, 3, 4], state).X, Is.EqualTo(x), "the same again");
        Assert.That(Gather(samples, _all, Seed, [2, 3, 4], null).X, Is.EqualTo(x), "without a state");
        float[] turned = Gather(samples, _all, Seed, [4, 3, 2], state).X;
        for (int b = 0; b < Batch; b++)
            Assert.That(One(turned, Batch - 1 - b), Is.EqualTo(One(x, b)), "at another place in the batch");
        Assert.That(Gather(samples, _all, Seed + 1, [2, 3, 4], state).X, Is.Not.EqualTo(x), "another seed");
        Assert.That(Gather(samples, _all, Seed + (1UL << 32), [2, 3, 4], state).X, Is.Not.EqualTo(x), "its upper half");
        state[StepState.Step] = 1;
        Assert.That(Gather(samples, _all, Seed, [2, 3, 4], state).X, Is.Not.EqualTo(x), "another step");

        float[] One(float[] batch, int b) =>
            [.. Enumerable.Range(0, 9).SelectMany(t => batch.Skip((t * Batch + b) * 10).Take(10))];
    }

    private (float[] X, int[] Labels) Gather(
        Images samples, Augmentation ranges, ulong seed, int[] order, int[]? state)
    {
        Guarded<float> x = Output(samples.TimeSteps * Batch * samples.InputSize, "x");
        int[] poison = new int[Batch];
        poison.AsSpan().Fill(Guarded<int>.Poison);
        Guarded<int> labels = Updated<int>(poison, "labels");
        Operations.GatherBatch(new()
        {
            BatchSize = Batch, TimeSteps = samples.TimeSteps, InputSize = samples.InputSize,
            Items = Input<byte>(samples.Items, "items").View,
            ItemLabels = Input<byte>(samples.Labels, "item labels").View,
            Order = Input<int>(order, "order").View, State = state == null ? default : Input<int>(state, "state").View,
            Scale = (float)(1 / (255 * Deviation)), Shift = (float)(-Mean / Deviation),
            Augmentation = ranges, Seed = seed, X = x.View, Labels = labels.View,
        });
        return (x.Read(), labels.Read());
    }

    /// <summary>Images of noise: every place shows where it was read.</summary>
    private sealed class Images(SampleNumbers numbers, int timeSteps, int inputSize)
    {
        public int TimeSteps => timeSteps;

        public int InputSize => inputSize;

        public byte[] Items { get; } = Bytes(numbers, N * timeSteps * inputSize);

        public byte[] Labels { get; } = Bytes(numbers, N);

        public ReadOnlySpan<byte> Item(int item) => Items.AsSpan(item * timeSteps * inputSize, timeSteps * inputSize);

        private static byte[] Bytes(SampleNumbers numbers, int count) =>
            [.. Enumerable.Range(0, count).Select(_ => (byte)numbers.Below(256))];
    }
}
