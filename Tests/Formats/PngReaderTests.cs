using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Formats;

public class PngReaderTests
{
    private const int Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, Rgba = 6;

    private static IEnumerable<TestCaseData> Kinds()
    {
        (int Colour, int[] Depths)[] kinds =
            [(Grey, [1, 2, 4, 8, 16]), (Rgb, [8, 16]), (Palette, [1, 2, 4, 8]), (GreyAlpha, [8, 16]), (Rgba, [8, 16])];
        foreach ((int colour, int[] depths) in kinds)
            foreach (int depth in depths)
                foreach (bool interlaced in new[] { false, true })
                    foreach ((int width, int height) in new[] { (1, 1), (3, 2), (5, 9), (13, 11), (33, 17) })
                        yield return new TestCaseData(colour, depth, interlaced, width, height);
    }

    [TestCaseSource(nameof(Kinds))]
    public void Every_colour_type_depth_and_interlacing_is_read(
        int colour, int depth, bool interlaced, int width, int height)
    {
        PngBuilder builder = new(width, height, depth, colour);
        int[] samples = Random(width * height * builder.Channels, 1 << depth);
        int Sample(int x, int y, int channel) => samples[(y * width + x) * builder.Channels + channel];
        byte[] palette = [.. Random(3 << depth, 256).Select(value => (byte)value)];
        byte[] file = builder.Build(Sample, interlaced, colour == Palette ? palette : null, dataChunks: 3);

        double max = (1 << depth) - 1;
        GreyImage image = PngReader.ReadGrey(file, "test.png");
        Assert.That((image.Width, image.Height), Is.EqualTo((width, height)));
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                double[] value = [.. Enumerable.Range(0, builder.Channels).Select(c => Sample(x, y, c) / max)];
                double expected = colour switch
                {
                    Grey => value[0],
                    GreyAlpha => value[0] * value[1],
                    Rgb => Luma(value[0], value[1], value[2]),
                    Rgba => Luma(value[0], value[1], value[2]) * value[3],
                    _ => PaletteLuma(palette, Sample(x, y, 0)),
                };
                // Half a step of rounding, and 1/256 more where 16-bit weights stand for the exact ones.
                Assert.That(image.Pixels[y * width + x], Is.EqualTo(expected * 255).Within(0.505), $"({x}, {y})");
            }
    }

    [Test]
    public void Eight_bit_greys_are_kept_exactly()
    {
        byte[] file = new PngBuilder(256, 1, 8, Grey).Build((x, _, _) => x);
        Assert.That(PngReader.ReadGrey(file, "").Pixels, Is.EqualTo(Enumerable.Range(0, 256)));
        file = new PngBuilder(256, 1, 8, Rgb).Build((x, _, _) => x);
        Assert.That(PngReader.ReadGrey(file, "").Pixels, Is.EqualTo(Enumerable.Range(0, 256)), "as equal R, G and B");
    }

    [Test]
    public void The_transparent_grey_shows_black()
    {
        byte[] file = new PngBuilder(4, 1, 4, Grey).Build((x, _, _) => 12 + x, transparency: [0, 14]);
        Assert.That(PngReader.ReadGrey(file, "").Pixels, Is.EqualTo(new byte[] { 204, 221, 0, 255 }));
    }

    [Test]
    public void The_transparent_colour_is_compared_at_all_sixteen_bits()
    {
        byte[] file = new PngBuilder(2, 1, 16, Rgb).Build(
            (x, _, _) => 0x8000 + x, transparency: [0x80, 0, 0x80, 0, 0x80, 0]);
        Assert.That(PngReader.ReadGrey(file, "").Pixels, Is.EqualTo(new byte[] { 0, 128 }));
    }

    [Test]
    public void Palette_entries_may_be_translucent()
    {
        byte[] file = new PngBuilder(3, 1, 2, Palette).Build((x, _, _) => x,
            palette: [255, 255, 255, 255, 255, 255, 255, 255, 255], transparency: [0, 128]);
        Assert.That(PngReader.ReadGrey(file, "").Pixels, Is.EqualTo(new byte[] { 0, 128, 255 }));
    }

    [Test]
    public void Pure_colours_have_the_weights_of_Rec_709()
    {
        byte[] file = new PngBuilder(3, 1, 8, Rgb).Build((x, _, channel) => x == channel ? 255 : 0);
        Assert.That(PngReader.ReadGrey(file, "").Pixels, Is.EqualTo(new byte[] { 54, 182, 18 }));
    }

    private static double Luma(double red, double green, double blue) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

    private static double PaletteLuma(byte[] palette, int index) =>
        Luma(palette[3 * index], palette[3 * index + 1], palette[3 * index + 2]) / 255;

    private static int[] Random(int count, int bound)
    {
        PhiloxRandom random = new(11, 0, (ulong)count);
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++)
            numbers[i] = random.NextInt(bound);
        return numbers;
    }
}
