using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Formats;

public class PngWriterTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void What_is_written_is_read_back(int channels)
    {
        const int width = 37, height = 23;
        byte[] pixels = new byte[width * height * channels];
        for (int i = 0; i < width * height; i++)
        {
            byte grey = (byte)(i % width * 5 + i / width);
            pixels.AsSpan(i * channels, channels).Fill(grey);
            if (channels is 2 or 4)
                pixels[i * channels + channels - 1] = 255;
        }
        using MemoryStream stream = new();
        PngWriter.Write(stream, width, height, pixels, channels);
        GreyImage image = PngReader.ReadGrey(stream.ToArray(), "written.png");
        Assert.That((image.Width, image.Height), Is.EqualTo((width, height)));
        Assert.That(image.Pixels, Is.EqualTo(Enumerable.Range(0, width * height).Select(i => pixels[i * channels])));
    }

    [Test]
    public void The_same_pixels_give_the_same_file_and_a_smooth_image_a_small_one()
    {
        byte[] pixels = [.. Enumerable.Range(0, 200 * 200).Select(i => (byte)(i % 200 + i / 200))];
        byte[] Encode()
        {
            using MemoryStream stream = new();
            PngWriter.Write(stream, 200, 200, pixels, 1);
            return stream.ToArray();
        }
        byte[] first = Encode();
        Assert.That(Encode(), Is.EqualTo(first));
        Assert.That(first, Has.Length.LessThan(2000), "rows differ from the row above by ones only");
    }

    [TestCase(0, 1, 0, 1)]
    [TestCase(1, -1, 1, 1)]
    [TestCase(1, 1, 5, 5)]
    [TestCase(1, 1, 0, 0)]
    [TestCase(2, 2, 5, 1)]
    [TestCase(65536, 65536, 0, 1)]
    public void Sizes_that_do_not_fit_together_are_refused(int width, int height, int bytes, int channels) =>
        Assert.That(() => PngWriter.Write(Stream.Null, width, height, new byte[bytes], channels),
            Throws.InstanceOf<ArgumentException>());
}
