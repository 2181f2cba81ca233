using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Tests.Metrics;

[TestFixture]
public class CurveTests
{
    [Test]
    public void Roc_of_four_samples_is_as_worked_by_hand()
    {
        var curve = RocCurve.Of([0.1f, 0.4f, 0.35f, 0.8f], [false, false, true, true]);
        Assert.Multiple(() =>
        {
            Assert.That(curve.FalsePositiveRates, Is.EqualTo(new[] { 0, 0, 0.5, 0.5, 1 }));
            Assert.That(curve.TruePositiveRates, Is.EqualTo(new[] { 0, 0.5, 0.5, 1, 1 }));
            Assert.That(curve.Auc, Is.EqualTo(0.75)); // 3 of 4 pairs in order
        });
    }

    [Test]
    public void Average_precision_of_four_samples_is_as_worked_by_hand()
    {
        var curve = PrecisionRecallCurve.Of([0.1f, 0.4f, 0.35f, 0.8f], [false, false, true, true]);
        Assert.Multiple(() =>
        {
            Assert.That(curve.Recalls, Is.EqualTo(new[] { 0, 0.5, 0.5, 1, 1 }));
            Assert.That(curve.Precisions, Is.EqualTo(new[] { 1, 1, 0.5, 2.0 / 3, 0.5 }));
            Assert.That(curve.AveragePrecision, Is.EqualTo(0.5 * 1 + 0.5 * (2.0 / 3)).Within(1e-15));
        });
    }

    [Test]
    public void Equal_scores_are_one_threshold_in_whatever_order_they_come()
    {
        var one = RocCurve.Of([0.5f, 0.5f, 0.5f, 0.5f], [true, false, true, false]);
        var other = RocCurve.Of([0.5f, 0.5f, 0.5f, 0.5f], [false, false, true, true]);
        Assert.Multiple(() =>
        {
            Assert.That(one.FalsePositiveRates, Is.EqualTo(new double[] { 0, 1 }));
            Assert.That(one.Auc, Is.EqualTo(0.5));
            Assert.That(other.TruePositiveRates, Is.EqualTo(one.TruePositiveRates));
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Roc_of_one_class_only_is_undefined(bool isPositive)
    {
        var curve = RocCurve.Of([0.2f, 0.9f], [isPositive, isPositive]);
        Assert.That(curve.IsDefined, Is.False);
        Assert.That(curve.FalsePositiveRates, Is.Empty);
    }

    [Test]
    public void Precision_recall_without_positives_is_undefined_and_with_positives_only_is_one()
    {
        Assert.That(PrecisionRecallCurve.Of([0.2f, 0.9f], [false, false]).IsDefined, Is.False);
        Assert.That(PrecisionRecallCurve.Of([0.2f, 0.9f], [true, true]).AveragePrecision, Is.EqualTo(1));
    }

    [Test]
    public void Mean_roc_keeps_the_jumps_of_its_curves()
    {
        // A perfect ranking jumps to 1 at rate 0; a worthless one with ties is the diagonal.
        var perfect = RocCurve.Of([0.9f, 0.1f], [true, false]);
        var worthless = RocCurve.Of([0.5f, 0.5f], [true, false]);
        var mean = RocCurve.Mean([perfect, worthless]);
        Assert.Multiple(() =>
        {
            Assert.That(mean.FalsePositiveRates, Is.EqualTo(new double[] { 0, 0, 1, 1 }));
            Assert.That(mean.TruePositiveRates, Is.EqualTo(new[] { 0, 0.5, 1, 1 }));
            Assert.That(mean.Auc, Is.EqualTo(0.75));
        });
    }

    [Test]
    public void A_mean_leaves_undefined_curves_out()
    {
        var defined = RocCurve.Of([0.9f, 0.1f, 0.4f], [true, false, true]);
        var undefined = RocCurve.Of([0.9f], [true]);
        Assert.That(RocCurve.Mean([undefined, defined]).Auc, Is.EqualTo(defined.Auc).Within(1e-15));
        Assert.That(RocCurve.Mean([undefined]).IsDefined, Is.False);
    }

    [Test]
    public void A_score_that_is_not_a_number_is_refused()
    {
        Assert.That(() => RocCurve.Of([0.1f, float.NaN], [true, false]), Throws.ArgumentException);
    }
}
