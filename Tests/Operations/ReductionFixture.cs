using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>SumRows, GlobalNorm, Fill and Copy.</summary>
public class ReductionFixture(TestEngine on) : OperationFixture(on)
{
    [Test]
    public void Rows_are_summed([Values(1, 3, 31, 100, 260, 3001)] int rows,
        [Values(1, 3, 31, 33, 64, 100)] int columns)
    {
        NeedsWork((long)rows * columns);
        double[] values = Numbers.Uniforms(rows * columns), expected = new double[columns];
        for (int i = 0; i < values.Length; i++)
            expected[i % columns] += values[i];
        Guarded<float> sums = Output(columns, "sums");
        Operations.SumRows(Input(values, "values").View, rows, columns, sums.View);
        Compare.Close(sums.Read(), expected, rows * RoundOff * rows / 2, 0, "sums");
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(33)]
    [TestCase(4095)]
    [TestCase(4097)]
    [TestCase(100_003)]
    public void The_norm_is_Euclids(int count)
    {
        NeedsWork(count);
        double[] values = Numbers.Uniforms(count);
        Guarded<float> norm = Output(1, "norm");
        Operations.GlobalNorm(Input(values, "values").View, norm.View);
        Compare.Close(norm.Read(), [ReferenceClip.Norm([values])], 0, 1e-5, "norm");
    }

    [Test]
    public void The_norm_of_zeros_is_zero()
    {
        Guarded<float> norm = Output(1, "norm");
        Operations.GlobalNorm(Input(new double[100], "values").View, norm.View);
        Assert.That(norm.Read()[0], Is.Zero);
    }

    [Test]
    public void A_value_that_is_not_finite_shows_in_the_norm(
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float bad, [Values(0, 50, 99)] int place)
    {
        double[] values = Numbers.Uniforms(100);
        values[place] = bad;
        Guarded<float> norm = Output(1, "norm");
        Operations.GlobalNorm(Input(values, "values").View, norm.View);
        Assert.That(float.IsFinite(norm.Read()[0]), Is.False);
    }

    [Test]
    public void Fill_and_copy_write_their_view_only([Values(1, 3, 33, 1000)] int count)
    {
        Guarded<float> filled = Output(count, "filled"), copied = Output(count, "copied");
        double[] values = Numbers.Uniforms(count);
        Operations.Fill(filled.View, -1.5f);
        Operations.Copy(Input(values, "source").View, copied.View);
        Assert.That(filled.Read(), Is.All.EqualTo(-1.5f));
        Assert.That(copied.Read(), Is.EqualTo(Compare.Narrow(values)));
    }
}
