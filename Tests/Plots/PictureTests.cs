using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Drawing;
using SkiaSharp;

namespace GpuLstm.Tests.Plots;

/// <summary>Every plot as pixels, against pictures that were looked at and kept in TestData/pictures. A change fails
/// with the new picture, the kept one and their difference in GPULSTM_ARTIFACTS; a change that is meant is copied from
/// there.</summary>
[TestFixture]
public class PictureTests
{
    private const int Channel = 32; // antialiasing may differ by processor
    private const double Share = 0.001;

    private static IEnumerable<TestCaseData> Plots() =>
        Samples.AllPlots().Select(plot => new TestCaseData(plot.Name, plot.Figure).SetArgDisplayNames(plot.Name));

    [TestCaseSource(nameof(Plots))]
    public void It_looks_as_it_did(string name, Figure figure)
    {
        byte[] png = PictureFile.Png(figure, scale: 1);
        string kept = Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData", "pictures", $"{name}.png");
        using SKBitmap actual = SKBitmap.Decode(png);
        using SKBitmap expected = File.Exists(kept) ? SKBitmap.Decode(kept) : new SKBitmap(1, 1);
        using var difference = new SKBitmap(actual.Width, actual.Height);
        bool isSameSize = (actual.Width, actual.Height) == (expected.Width, expected.Height);
        int changed = isSameSize ? Compare(actual, expected, difference) : int.MaxValue;
        if (changed <= Share * actual.Width * actual.Height)
            return;
        Keep(name, "new", png);
        if (isSameSize)
        {
            Keep(name, "kept", File.ReadAllBytes(kept));
            Keep(name, "difference", difference.Encode(SKEncodedImageFormat.Png, 100).ToArray());
        }
        Assert.Fail(isSameSize ? $"{changed} pixels of {actual.Width * actual.Height} have changed."
            : $"It has {actual.Width}x{actual.Height} pixels; the kept one has {expected.Width}x{expected.Height}.");
    }

    [Test]
    public void The_same_figure_gives_the_same_bytes()
    {
        foreach ((string name, Figure figure) in Samples.AllPlots())
        {
            (byte[] png, byte[] pdf) = (PictureFile.Png(figure), PictureFile.Pdf(figure));
            Assert.That(PictureFile.Png(figure), Is.EqualTo(png), name);
            Assert.That(PictureFile.Pdf(figure), Is.EqualTo(pdf), name);
        }
    }

    [Test]
    public void Texts_are_as_wide_as_the_layout_counts_on([Values] bool bold, [Values(11, 17)] int size)
    {
        var style = new TextStyle(Size: size, Bold: bold);
        string[] texts = ["WWWWWWWWWW", "iiiiiiiiii", "0123456789 %.", "Größe, çédille, Ωμέγα, Жук", "→ ≤ ±"];
        foreach (string text in texts)
            Assert.That(InkWidth(text, style), Is.EqualTo(TextMeasure.Width(text, style)).Within(0.25 * size), text);
    }

    [Test]
    public void A_character_that_no_font_has_is_a_visible_box_and_is_told()
    {
        using SKSurface surface = SKSurface.Create(new SKImageInfo(100, 50));
        var canvas = new SkiaCanvas(surface.Canvas, 100, 50);
        canvas.Text(new Point(10, 40), "a\uE123b", new TextStyle(Size: 30)); // private use: nobody's character
        Assert.That(canvas.Missing.Select(rune => rune.Value), Is.EqualTo(new[] { 0xE123 }));
        Assert.That(InkWidth("\uE123", new TextStyle(Size: 30)), Is.GreaterThan(10));
    }

    /// <summary>How far a text's ink reaches.</summary>
    private static double InkWidth(string text, TextStyle style)
    {
        using SKSurface surface = SKSurface.Create(new SKImageInfo(800, 60));
        new SkiaCanvas(surface.Canvas, 800, 60).Text(new Point(10, 40), text, style);
        using SKImage image = surface.Snapshot();
        using SKBitmap bitmap = SKBitmap.FromImage(image);
        int[] columns = [.. Enumerable.Range(0, 800)
            .Where(x => Enumerable.Range(0, 60).Any(y => bitmap.GetPixel(x, y).Alpha > 40))];
        return columns.Length == 0 ? 0 : columns[^1] - columns[0] + 1;
    }

    /// <summary>How many pixels differ; they are red in <paramref name="difference"/>.</summary>
    private static int Compare(SKBitmap actual, SKBitmap expected, SKBitmap difference)
    {
        int changed = 0;
        for (int y = 0; y < actual.Height; y++)
            for (int x = 0; x < actual.Width; x++)
            {
                (SKColor a, SKColor b) = (actual.GetPixel(x, y), expected.GetPixel(x, y));
                int most = Math.Max(Math.Abs(a.Red - b.Red),
                    Math.Max(Math.Abs(a.Green - b.Green), Math.Abs(a.Blue - b.Blue)));
                changed += most > Channel ? 1 : 0;
                difference.SetPixel(x, y, most > Channel ? SKColors.Red : a.WithAlpha(80));
            }
        return changed;
    }

    private static void Keep(string name, string what, byte[] png)
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("GPULSTM_ARTIFACTS")
            ?? TestContext.CurrentContext.WorkDirectory, "pictures");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{name}-{what}.png");
        File.WriteAllBytes(path, png);
        TestContext.AddTestAttachment(path, what);
    }
}
