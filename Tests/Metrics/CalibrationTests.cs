using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Tests.Metrics;

[TestFixture]
public class CalibrationTests
{
    [Test]
    public void Errors_are_as_worked_by_hand()
    {
        // Bin (0.5, 0.75]: confidences 0.625 right, 0.75 wrong: gap |0.5 - 0.6875|. Bin (0.75, 1]: 1 right, 1 wrong:
        // gap 0.5.
        var predictions = new Predictions([0, 1, 0, 1], [0.625f, 0.375f, 0.75f, 0.25f, 1, 0, 1, 0], 2);
        var calibration = Calibration.Of(predictions, bins: 4);
        Assert.Multiple(() =>
        {
            Assert.That(calibration.Bins.Select(bin => bin.Count), Is.EqualTo(new[] { 0, 0, 2, 2 }));
            Assert.That(calibration.Bins[2].MeanConfidence, Is.EqualTo(0.6875));
            Assert.That(calibration.Bins[2].Accuracy, Is.EqualTo(0.5));
            Assert.That(calibration.ExpectedError, Is.EqualTo((2 * 0.1875 + 2 * 0.5) / 4));
            Assert.That(calibration.MaximumError, Is.EqualTo(0.5));
        });
    }

    [Test]
    public void A_confidence_on_an_edge_belongs_to_the_bin_below()
    {
        var calibration = Calibration.Of(new Predictions([0], [0.5f, 0.5f], 2), bins: 2);
        Assert.That(calibration.Bins[0].Count, Is.EqualTo(1));
    }

    [Test]
    public void Without_samples_the_errors_are_undefined()
    {
        var calibration = Calibration.Of(new Predictions([], [], 3));
        Assert.That(calibration.ExpectedError, Is.NaN);
        Assert.That(calibration.Bins, Has.Count.EqualTo(Calibration.StandardBins));
    }
}
