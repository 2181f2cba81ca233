namespace GpuLstm.Tests.Reference;

public class CompareTests
{
    [TestCase(double.NaN, 1.0)]
    [TestCase(1.0, double.NaN)]
    [TestCase(double.NaN, double.NaN)]
    [TestCase(double.PositiveInfinity, double.PositiveInfinity)]
    [TestCase(double.PositiveInfinity, 1.0)]
    [TestCase(1.0, double.NegativeInfinity)]
    [TestCase(1.1, 1.0)]
    public void What_is_not_close_fails(double actual, double expected) =>
        Assert.That(() => Compare.Close(actual, expected, 0.01, 0.01, "value"),
            Throws.InstanceOf<AssertionException>());

    [TestCase(1.0199, 1.0)]
    [TestCase(-0.0099, 0.0)]
    [TestCase(101.0, 100.0)]
    public void What_is_within_the_tolerance_passes(double actual, double expected) =>
        Compare.Close(actual, expected, 0.01, 0.01, "value");

    [Test]
    public void The_worst_element_is_named() =>
        Assert.That(() => Compare.Close([1f, 1.5f, 7f, 1.25f], [1.0, 1.0, 2.0, 1.0], 0.1, 0, "y"),
            Throws.InstanceOf<AssertionException>()
                .With.Message.Contains("y: 3 of 4").And.Message.Contains("[2], is 7, not 2;"));

    [Test]
    public void NaN_is_worse_than_any_number() =>
        Assert.That(() => Compare.Close([1e30, double.NaN, 1e30], [1.0, 1.0, 1.0], 0.1, 0, "y"),
            Throws.InstanceOf<AssertionException>().With.Message.Contains("[1], is NaN"));

    [Test]
    public void Arrays_of_other_lengths_fail() =>
        Assert.That(() => Compare.Close([1.0], [1.0, 1.0], 1, 1, "y"), Throws.InstanceOf<AssertionException>());

    [Test]
    public void Poison_is_noticed()
    {
        var values = new float[3];
        Compare.Poison(values);
        values[0] = values[2] = 0;
        Assert.That(() => Compare.Close(values, [0.0, 0.0, 0.0], 1, 1, "y"),
            Throws.InstanceOf<AssertionException>().With.Message.Contains("1 of 3"));
    }
}
