using GpuLstm.Host.Plots.Charts;

namespace GpuLstm.Tests.Plots;

[TestFixture]
public class TicksTests
{
    [TestCase(0, 1, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [TestCase(0, 3, new[] { 0, 0.5, 1, 1.5, 2, 2.5, 3 })]
    [TestCase(-1, 1, new[] { -1, -0.5, 0, 0.5, 1 })]
    [TestCase(0.98, 1, new[] { 0.98, 0.985, 0.99, 0.995, 1 })]
    [TestCase(0, 40000, new double[] { 0, 10000, 20000, 30000, 40000 })]
    public void Linear_ticks_are_round_and_inside(double min, double max, double[] expected)
    {
        Assert.That(Ticks.Linear(min, max, 4), Is.EqualTo(expected).Within(1e-12));
    }

    [TestCase(0.01, 3, new[] { 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2 })]
    [TestCase(0.5, 10000, new double[] { 1, 10, 100, 1000, 10000 })]
    [TestCase(1, 4, new double[] { 1, 2, 3, 4 })]
    public void Logarithmic_ticks_thin_out_over_decades(double min, double max, double[] expected)
    {
        Assert.That(Ticks.Logarithmic(min, max), Is.EqualTo(expected).Within(1e-9));
    }

    [TestCase(0, "0")]
    [TestCase(0.30000000000000004, "0.3")]
    [TestCase(24714, "24\u2009714")]
    [TestCase(1.5e8, "1.5e8")]
    [TestCase(-0.00002, "-2e-5")]
    public void Labels_are_short(double value, string expected)
    {
        Assert.That(Ticks.Label(value), Is.EqualTo(expected));
    }

    [TestCase(0.975, 0.005, "97.5\u2009%")]
    [TestCase(0.2, 0.2, "20\u2009%")]
    [TestCase(0.98765, 0.0001, "98.77\u2009%")]
    public void Percentages_have_the_decimals_of_their_step(double fraction, double step, string expected)
    {
        Assert.That(Ticks.Percent(fraction, step), Is.EqualTo(expected));
    }

    [Test]
    public void An_axis_takes_in_all_finite_values()
    {
        var axis = Axis.Over("y", [0.3, double.NaN, 7.7, double.PositiveInfinity]);
        Assert.That((axis.Min, axis.Max), Is.EqualTo((0.0, 8.0)));
        Assert.That(Axis.Over("y", []).Ticks, Is.Not.Empty);
        Assert.That(Axis.Over("y", [5, 5]).Min, Is.LessThan(5));
    }

    [Test]
    public void A_logarithmic_axis_needs_positive_values()
    {
        Assert.That(Axis.Over("y", [0, 10], logarithmic: true).IsLogarithmic, Is.False);
        var axis = Axis.Over("y", [0.013, 2.4], logarithmic: true);
        Assert.That(axis.IsLogarithmic);
        Assert.That(axis.Fraction(0.013), Is.InRange(0, 0.2));
        Assert.That(axis.Fraction(2.4), Is.InRange(0.8, 1));
    }
}
