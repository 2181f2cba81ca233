using GpuLstm.Kernels;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Data;

/// <summary>Photographs become what MNIST's images are, and MNIST's own stay as they are.</summary>
public class InkImageTests
{
    private const int Size = 28;

    private static readonly Dataset s_digits = DatasetLoader.Load(
        new DataOptions { Spec = "strokes", StrokesTrain = 10, StrokesTest = 20 }, new RecordingProgress(), default);

    [Test]
    public void Not_one_of_MNISTs_images_changes()
    {
        Dataset mnist = DatasetLoader.Load(
            new DataOptions { Spec = $"mnist:{TestData.Folder("mnist")}" }, new RecordingProgress(), default);
        var changed = new List<string>();
        foreach ((string part, Samples samples) in new[] { ("train", mnist.Train), ("test", mnist.Test) })
            for (int i = 0; i < samples.Count; i++)
            {
                var image = new GreyImage(Size, Size, samples.Image(i).ToArray());
                if (InkImage.Prepare(image)?.Pixels.AsSpan().SequenceEqual(image.Pixels) != true)
                    changed.Add($"{part} {i}");
            }
        Assert.That(changed, Is.Empty);
    }

    [TestCase("none-blank.png")]
    [TestCase("none-one-pixel.png")]
    public void Where_nothing_is_drawn_there_is_no_ink(string name) =>
        Assert.That(InkImage.Prepare(ImageFile.ReadOnPaper(Photo(name))), Is.Null);

    [Test]
    public void Noise_of_any_kind_is_no_ink(
        [Values(28, 140, 500)] int size, [Values("uniform", "normal", "specks")] string kind)
    {
        var random = new PhiloxRandom(5, 0, (ulong)size);
        byte[] pixels = [.. Enumerable.Range(0, size * size).Select(_ => (byte)(kind switch
        {
            "uniform" => random.NextInt(256),
            "normal" => 128 + Enumerable.Range(0, 12).Sum(_ => random.NextInt(21) - 10),
            _ => random.NextInt(100) == 0 ? 0 : 255,
        }))];
        Assert.That(InkImage.Prepare(new GreyImage(size, size, pixels)), Is.Null);
    }

    [Test]
    public void A_digit_on_any_ground_in_any_place_is_what_it_was(
        [Values] bool isDark, [Values(60, 200, 600)] int size, [Values(0, 50)] int shade, [Values(0, 6)] int noise)
    {
        var random = new PhiloxRandom(9, 0, 0);
        double worst = 1, mean = 0;
        for (int i = 0; i < s_digits.Test.Count; i++)
        {
            GreyImage digit = new(Size, Size, s_digits.Test.Image(i).ToArray());
            int side = size / 3 + random.NextInt(size / 2);
            GreyImage large = digit.To(side, side);
            (int left, int top) = (random.NextInt(size - side), random.NextInt(size - side));
            byte[] page = new byte[size * size];
            for (int y = 0; y < size; y++)
                for (int x = 0; x < size; x++)
                {
                    int ink = x >= left && y >= top && x < left + side && y < top + side
                        ? large.Pixels[(y - top) * side + x - left] : 0;
                    int grain = noise == 0 ? 0 : random.NextInt(noise) - noise / 2;
                    double ground = 180 - shade * x / (double)size + grain;
                    double value = isDark ? ground - ink * 0.6 : 255 - ground + ink * 0.6;
                    page[y * size + x] = (byte)Math.Clamp(value, 0, 255);
                }
            GreyImage? prepared = InkImage.Prepare(new GreyImage(size, size, page));
            Assert.That(prepared, Is.Not.Null, $"digit {i}");
            double likeness = Correlation(prepared!.Pixels, InkImage.Prepare(Alone(digit))!.Pixels);
            (worst, mean) = (Math.Min(worst, likeness), mean + likeness / s_digits.Test.Count);
        }
        Assert.That(mean, Is.GreaterThan(0.9));
        Assert.That(worst, Is.GreaterThan(0.6));
    }

    /// <summary>Four times as large on a black page.</summary>
    private static GreyImage Alone(GreyImage digit)
    {
        const int Side = 4 * Size, Page = 2 * Side;
        GreyImage large = digit.To(Side, Side);
        byte[] page = new byte[Page * Page];
        for (int y = 0; y < Side; y++)
            large.Pixels.AsSpan(y * Side, Side).CopyTo(page.AsSpan((y + Size) * Page + Size));
        return new GreyImage(Page, Page, page);
    }

    private static double Correlation(byte[] a, byte[] b)
    {
        double meanA = a.Average(x => x), meanB = b.Average(x => x);
        double covariance = a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum();
        return covariance / Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB)));
    }

    private static string Photo(string name) =>
        Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData", "photos", name);
}
