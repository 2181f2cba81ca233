using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Tests.Metrics;

[TestFixture]
public class ConfusionMatrixTests
{
    /// <summary>Rows: 5 of class 0 (4 right, 1 taken for 1), 3 of class 1 (2 right, 1 for 0), none of 2 nor for
    /// 2.</summary>
    private static ConfusionMatrix Example()
    {
        var matrix = new ConfusionMatrix(3);
        foreach ((int truth, int predicted, int times) in new[] { (0, 0, 4), (0, 1, 1), (1, 1, 2), (1, 0, 1) })
            for (int i = 0; i < times; i++)
                matrix.Add(truth, predicted);
        return matrix;
    }

    [Test]
    public void Counts_are_by_truth_then_prediction()
    {
        ConfusionMatrix matrix = Example();
        Assert.Multiple(() =>
        {
            Assert.That(matrix[0, 1], Is.EqualTo(1));
            Assert.That(matrix[1, 1], Is.EqualTo(2));
            Assert.That(matrix.Support(0), Is.EqualTo(5));
            Assert.That(matrix.Predicted(0), Is.EqualTo(5));
            Assert.That(matrix.Predicted(1), Is.EqualTo(3));
            Assert.That(matrix.Total, Is.EqualTo(8));
            Assert.That(matrix.Accuracy, Is.EqualTo(6.0 / 8));
        });
    }

    [Test]
    public void Scores_follow_their_definitions()
    {
        ConfusionMatrix matrix = Example();
        Assert.Multiple(() =>
        {
            Assert.That(matrix.Score(0), Is.EqualTo(new ClassScore(4.0 / 5, 4.0 / 5, 8.0 / 10, 5)));
            Assert.That(matrix.Score(1), Is.EqualTo(new ClassScore(2.0 / 3, 2.0 / 3, 4.0 / 6, 3)));
            Assert.That(matrix.Score(2), Is.EqualTo(new ClassScore(0, 0, 0, 0)), "absent: zero_division = 0");
        });
    }

    [Test]
    public void Macro_leaves_out_a_class_that_never_occurs()
    {
        Assert.That(Example().Macro().F1, Is.EqualTo((0.8 + 2.0 / 3) / 2).Within(1e-15));
    }

    [Test]
    public void Micro_scores_equal_the_accuracy()
    {
        Assert.That(Example().Micro(), Is.EqualTo(new ClassScore(0.75, 0.75, 0.75, 8)));
    }

    [Test]
    public void Without_samples_every_score_is_zero()
    {
        var matrix = new ConfusionMatrix(2);
        Assert.Multiple(() =>
        {
            Assert.That(matrix.Accuracy, Is.Zero);
            Assert.That(matrix.Macro(), Is.EqualTo(new ClassScore(0, 0, 0, 0)));
            Assert.That(matrix.Micro(), Is.EqualTo(new ClassScore(0, 0, 0, 0)));
        });
    }

    [TestCase(3, 0)]
    [TestCase(0, 3)]
    [TestCase(-1, 0)]
    [TestCase(0, -1)]
    public void A_class_beyond_the_matrix_is_refused(int truth, int predicted)
    {
        ConfusionMatrix matrix = Example();
        Assert.That(() => matrix.Add(truth, predicted), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(matrix.Total, Is.EqualTo(8));
    }
}
