using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using SkiaSharp;

namespace GpuLstm.Tests.Data;

public class ImageFileTests
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
        GreyImage image = ImageFile.Decode(file, "test.png");
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
                // Half a step of rounding; the lower half of 16 bits is cut off first, of alpha as of colour.
                double tolerance = depth < 16 ? 0.51 : 2;
                Assert.That(image.Pixels[y * width + x], Is.EqualTo(expected * 255).Within(tolerance), $"({x}, {y})");
            }
    }

    [Test]
    public void Eight_bit_greys_are_kept_exactly()
    {
        byte[] file = new PngBuilder(256, 1, 8, Grey).Build((x, _, _) => x);
        Assert.That(ImageFile.Decode(file, "").Pixels, Is.EqualTo(Enumerable.Range(0, 256)));
        file = new PngBuilder(256, 1, 8, Rgb).Build((x, _, _) => x);
        Assert.That(ImageFile.Decode(file, "").Pixels, Is.EqualTo(Enumerable.Range(0, 256)), "as equal R, G and B");
    }

    [Test]
    public void The_transparent_grey_shows_black()
    {
        byte[] file = new PngBuilder(4, 1, 4, Grey).Build((x, _, _) => 12 + x, transparency: [0, 14]);
        Assert.That(ImageFile.Decode(file, "").Pixels, Is.EqualTo(new byte[] { 204, 221, 0, 255 }));
    }

    [Test]
    public void The_transparent_colour_is_compared_at_all_sixteen_bits()
    {
        byte[] file = new PngBuilder(2, 1, 16, Rgb).Build(
            (x, _, _) => 0x8000 + x, transparency: [0x80, 0, 0x80, 0, 0x80, 0]);
        Assert.That(ImageFile.Decode(file, "").Pixels, Is.EqualTo(new byte[] { 0, 128 }));
    }

    [Test]
    public void Palette_entries_may_be_translucent()
    {
        byte[] file = new PngBuilder(3, 1, 2, Palette).Build((x, _, _) => x,
            palette: [255, 255, 255, 255, 255, 255, 255, 255, 255], transparency: [0, 128]);
        Assert.That(ImageFile.Decode(file, "").Pixels, Is.EqualTo(new byte[] { 0, 128, 255 }));
    }

    [Test]
    public void Pure_colours_have_the_weights_of_Rec_709()
    {
        byte[] file = new PngBuilder(3, 1, 8, Rgb).Build((x, _, channel) => x == channel ? 255 : 0);
        Assert.That(ImageFile.Decode(file, "").Pixels, Is.EqualTo(new byte[] { 54, 182, 18 }));
    }

    [Test]
    public void A_picture_is_turned_upright([Range(1, 8)] int orientation)
    {
        const int Width = 24, Height = 16;
        byte[] jpeg = TestImage.Encode(
            [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(i % Width * 4 + i / Width * 9))], Width, Height,
            SKEncodedImageFormat.Jpeg);
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0,
            (byte)orientation, 0, 0, 0, 0, 0, 0];
        GreyImage stored = ImageFile.Decode(jpeg, "");
        GreyImage upright = ImageFile.Decode([.. jpeg[..2], .. exif, .. jpeg[2..]], "");
        // Exif 2.32, 4.6.4: where the stored picture's first row and first column are in the upright one.
        (bool rowsAcross, bool right, bool bottom) = orientation switch
        {
            1 => (true, false, false),
            2 => (true, true, false),
            3 => (true, true, true),
            4 => (true, false, true),
            5 => (false, false, false),
            6 => (false, true, false),
            7 => (false, true, true),
            _ => (false, false, true),
        };
        Assert.That((upright.Width, upright.Height), Is.EqualTo(rowsAcross ? (Width, Height) : (Height, Width)));
        for (int row = 0; row < Height; row++)
            for (int column = 0; column < Width; column++)
            {
                (int x, int y) = rowsAcross ? (column, row) : (row, column);
                x = right ? upright.Width - 1 - x : x;
                y = bottom ? upright.Height - 1 - y : y;
                Assert.That(upright.Pixels[y * upright.Width + x], Is.EqualTo(stored.Pixels[row * Width + column]));
            }
    }

    [TestCase("0-transparent.png", 140, 140)]
    [TestCase("3-gif.gif", 140, 140)]
    [TestCase("4-bmp.bmp", 140, 140)]
    [TestCase("5-large-grey-paper.jpg", 800, 600)]
    [TestCase("7-webp.webp", 140, 140)]
    public void Every_format_is_read(string name, int width, int height)
    {
        GreyImage image = ImageFile.ReadGrey(
            Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData", "photos", name));
        Assert.That((image.Width, image.Height), Is.EqualTo((width, height)));
        Assert.That(image.Pixels.Distinct().Count(), name[0] == '0' ? Is.EqualTo(1) : Is.GreaterThan(10),
            "black ink on transparency is black on black");
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
