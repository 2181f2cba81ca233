using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests;

[TestFixture]
public class SamplesTests
{
    [Test]
    public void Take_keeps_the_first_samples()
    {
        var samples = new ImageSamples([1, 2, 3, 4, 5, 6], [0, 1, 2], TimeSteps: 1, InputSize: 2);
        Samples taken = samples.Take(2);
        Assert.Multiple(() =>
        {
            Assert.That(taken.Items(), Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
            Assert.That(taken.Labels, Is.EqualTo(new byte[] { 0, 1 }));
            Assert.That(samples.Take(9), Is.SameAs(samples));
        });
    }
}
