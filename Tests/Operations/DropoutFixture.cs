using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

public class DropoutFixture(TestEngine on) : OperationFixture(on)
{
    private const ulong Seed = 0xFEDC_BA98_7654_3210;
    private const uint Stream = 77;

    [Test]
    public void Kept_values_are_scaled_and_others_zero(
        [Values(1, 3, 31, 33, 100, 4099)] int count, [Values(0.1f, 0.5f, 0.875f)] float rate, [Values(0, 9)] int step)
    {
        NeedsWork(count * 40L);
        double[] x = Numbers.Uniforms(count);
        bool[] kept = ReferenceDropout.Mask(count, rate, Seed, Stream, (uint)step);
        Guarded<float> y = Output(count, "y");
        Drop(Input(x, "x"), y, rate, step);
        float scale = 1 / (1 - rate);
        Assert.That(y.Read(), Is.EqualTo(x.Zip(kept, (v, keep) => keep ? (float)v * scale : 0)),
            "the same bits everywhere");
        Compare.Close(y.Read(), ReferenceDropout.Apply(x, kept, rate), 1e-12, 3 * RoundOff, "y");
    }

    [Test]
    public void Backward_meets_the_mask_of_forward_also_in_place()
    {
        const int count = 133;
        float[] forward = DropInPlace(Ones(count), 0.3f, Stream),
            backward = DropInPlace(Numbers.Uniforms(count, 9), 0.3f, Stream);
        Assert.That(backward.Select(v => v == 0), Is.EqualTo(forward.Select(v => v == 0)));
    }

    [Test]
    public void A_mask_is_one_where_dropout_drops(
        [Values(1, 3, 31, 32, 33, 100, 4099)] int count, [Values(0f, 0.1f, 0.5f, 1f)] float rate,
        [Values(0, 9)] int step)
    {
        NeedsWork(count * 40L);
        Guarded<byte> mask = Updated<byte>([.. Enumerable.Repeat((byte)7, count)], "mask");
        Operations.DrawMask(new()
        {
            Mask = mask.View, Rate = rate, Seed = Seed, Stream = Stream,
            State = Input<int>([step, .. new int[StepState.Length - 1]], "state").View,
        });
        bool[] kept = ReferenceDropout.Mask(count, rate, Seed, Stream, (uint)step);
        Assert.That(mask.Read(), Is.EqualTo(kept.Select(keep => (byte)(keep ? 0 : 1))));
    }

    [Test]
    public void A_rate_of_zero_changes_nothing()
    {
        double[] x = [.. Numbers.Uniforms(101), double.PositiveInfinity, 1e-45];
        Assert.That(DropInPlace(x, 0, Stream), Is.EqualTo(Compare.Narrow(x)));
    }

    [Test]
    public void Dropped_values_are_zero_even_where_they_were_not_finite()
    {
        double[] x = new double[64];
        x.AsSpan().Fill(double.NaN);
        bool[] kept = ReferenceDropout.Mask(64, 0.5f, Seed, Stream, 0);
        Assert.That(DropInPlace(x, 0.5f, Stream), Is.EqualTo(kept.Select(keep => keep ? float.NaN : 0)));
    }

    [Test]
    public void As_many_are_dropped_as_the_rate_says_and_streams_differ()
    {
        const int count = 40_000;
        NeedsWork(2L * count);
        float[] one = DropInPlace(Ones(count), 0.25f, stream: 1), other = DropInPlace(Ones(count), 0.25f, stream: 2);
        double deviation = Math.Sqrt(count * 0.25 * 0.75);
        Assert.That(one.Count(v => v == 0), Is.EqualTo(count * 0.25).Within(5 * deviation));
        Assert.That(one.Average(), Is.EqualTo(1).Within(5 * deviation / count / 0.75));
        int both = one.Zip(other).Count(pair => pair is { First: 0, Second: 0 });
        Assert.That(both, Is.EqualTo(count / 16.0).Within(5 * Math.Sqrt(count / 16.0)), "independent masks");
    }

    [TestCase(-0.1f)]
    [TestCase(1f)]
    [TestCase(float.NaN)]
    public void A_rate_outside_its_range_is_refused(float rate) =>
        Assert.That(() => DropInPlace(Ones(3), rate, Stream), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static double[] Ones(int count) => [.. Enumerable.Repeat(1.0, count)];

    private float[] DropInPlace(double[] values, float rate, uint stream)
    {
        Guarded<float> x = Updated(values, "x");
        Operations.Dropout(new() { Input = x.View, Output = x.View, Rate = rate, Seed = Seed, Stream = stream });
        return x.Read();
    }

    private void Drop(Guarded<float> x, Guarded<float> y, float rate, int step)
    {
        int[] state = new int[StepState.Length];
        state[StepState.Step] = step;
        Operations.Dropout(new()
        {
            Input = x.View, Output = y.View, Rate = rate, Seed = Seed, Stream = Stream,
            State = Input<int>(state, "state").View,
        });
    }
}
