using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Tests.Metrics;

[TestFixture]
public class PredictionsTests
{
    private static Predictions Example() => new(
        [0, 1, 2, 0],
        [0.7f, 0.2f, 0.1f, 0.9f, 0.05f, 0.05f, 0.3f, 0.4f, 0.3f, 0.4f, 0.4f, 0.2f], 3);

    [Test]
    public void The_first_of_equal_classes_is_predicted()
    {
        Assert.That(Example().Predicted(3), Is.EqualTo(0));
    }

    [Test]
    public void Mistakes_come_most_confident_first()
    {
        Assert.That(Example().Mistakes(), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void Loss_is_the_mean_of_minus_log_p()
    {
        double expected = -(Math.Log(0.7f) + Math.Log(0.05f) + Math.Log(0.3f) + Math.Log(0.4f)) / 4;
        Assert.That(Example().Loss(), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void A_probability_of_zero_costs_much_but_not_infinity()
    {
        Assert.That(new Predictions([1], [1, 0], 2).Loss(), Is.EqualTo(87.3365).Within(1e-3));
    }

    [Test]
    public void Impossible_input_is_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new Predictions([0], [0.5f], 2), Throws.ArgumentException);
            Assert.That(() => new Predictions([2], [0.5f, 0.5f], 2), Throws.ArgumentException);
            Assert.That(() => new Predictions([0], [float.NaN, 0.5f], 2), Throws.ArgumentException);
            Assert.That(() => new Predictions([0], [-0.1f, 1], 2), Throws.ArgumentException);
            Assert.That(() => new Predictions([0], [0.1f, 1.5f], 2), Throws.ArgumentException);
        });
    }
}
