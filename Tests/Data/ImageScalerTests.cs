using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Data;

public class ImageScalerTests
{
    [Test]
    public void An_image_of_the_right_size_is_untouched()
    {
        GreyImage image = new(28, 28, new byte[28 * 28]);
        Assert.That(image.To(28, 28), Is.SameAs(image));
    }

    [Test]
    public void Shrinking_by_a_whole_factor_averages_blocks()
    {
        GreyImage image = new(4, 2, [0, 10, 20, 30, 2, 12, 22, 33]);
        Assert.That(image.To(2, 1).Pixels, Is.EqualTo(new byte[] { 6, 26 })); // 24/4 and 105/4
    }

    [Test]
    public void Shrinking_by_a_fraction_weighs_pixels_by_their_area()
    {
        GreyImage image = new(3, 1, [30, 90, 240]);
        // Each new pixel covers one and a half old ones: (30 + 90/2) / 1.5 and (90/2 + 240) / 1.5.
        Assert.That(image.To(2, 1).Pixels, Is.EqualTo(new byte[] { 50, 190 }));
    }

    [Test]
    public void Growing_interpolates_between_centres_and_keeps_the_edge()
    {
        GreyImage image = new(2, 1, [0, 100]);
        Assert.That(image.To(4, 1).Pixels, Is.EqualTo(new byte[] { 0, 25, 75, 100 }));
        Assert.That(image.To(4, 3).Pixels, Is.EqualTo(new byte[] { 0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100 }));
    }

    [TestCase(1, 1)]
    [TestCase(3, 100)]
    [TestCase(100, 3)]
    [TestCase(28, 29)]
    [TestCase(1000, 777)]
    public void A_plain_image_stays_plain_in_every_size(int width, int height)
    {
        byte[] pixels = new byte[width * height];
        Array.Fill(pixels, (byte)200);
        GreyImage scaled = new GreyImage(width, height, pixels).To(28, 28);
        Assert.That((scaled.Width, scaled.Height), Is.EqualTo((28, 28)));
        Assert.That(scaled.Pixels, Has.Length.EqualTo(784).And.All.EqualTo(200));
    }

    [Test]
    public void Axes_are_scaled_on_their_own()
    {
        byte[] ramp = [.. Enumerable.Range(0, 6 * 3).Select(i => (byte)(i * 14))];
        byte[] turned = new byte[ramp.Length];
        for (int y = 0; y < 3; y++)
            for (int x = 0; x < 6; x++)
                turned[x * 3 + y] = ramp[y * 6 + x];
        GreyImage wide = new GreyImage(6, 3, ramp).To(4, 5), tall = new GreyImage(3, 6, turned).To(5, 4);
        for (int y = 0; y < 5; y++)
            for (int x = 0; x < 4; x++)
                Assert.That(tall.Pixels[x * 5 + y], Is.EqualTo(wide.Pixels[y * 4 + x]).Within(1));
    }
}
