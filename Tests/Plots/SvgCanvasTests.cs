using System.Xml.Linq;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Tests.Plots;

[TestFixture]
public class SvgCanvasTests
{
    [Test]
    public void Text_is_escaped_and_characters_that_XML_forbids_are_replaced()
    {
        var canvas = new SvgCanvas(100, 50, "<a> & \"b\"", "\u0001");
        canvas.Text(new Point(1, 2), "x < y & \"z\"\u0000", new TextStyle());
        var svg = new Svg(canvas.ToSvg());
        Assert.That(svg.Texts.Single(), Is.EqualTo("x < y & \"z\"\uFFFD"));
        Assert.That((string?)svg.Root.Element(Svg.Namespace + "title"), Is.EqualTo("<a> & \"b\""));
    }

    [Test]
    public void Numbers_have_two_decimals_at_most_and_no_negative_zero()
    {
        var canvas = new SvgCanvas(100, 50, "t", "d");
        canvas.Line(new Point(1.0 / 3, -0.001), new Point(1e3, 2), Style.Line(Ink.Blue));
        XElement line = new Svg(canvas.ToSvg()).Elements("line").Single();
        Assert.That((string?)line.Attribute("x1"), Is.EqualTo("0.33"));
        Assert.That((string?)line.Attribute("y1"), Is.EqualTo("0"));
        Assert.That((string?)line.Attribute("x2"), Is.EqualTo("1000"));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void A_coordinate_that_is_not_finite_is_refused(double value)
    {
        var canvas = new SvgCanvas(100, 50, "t", "d");
        Point[] points = [new(0, 0), new(1, value)];
        Assert.That(() => canvas.Polyline(points, Style.Line(Ink.Blue)), Throws.ArgumentException);
    }

    [Test]
    public void For_a_page_the_style_sheet_is_left_to_the_page()
    {
        var canvas = new SvgCanvas(100, 50, "t", "d");
        Assert.That(SvgCanvas.WithoutSheet(canvas.ToSvg()), Does.Not.Contain("<style"));
        Assert.That(canvas.ToSvg(), Does.Contain("prefers-color-scheme:dark"));
    }

    [Test]
    public void Clipping_cuts_at_the_edge_and_keeps_pieces_apart()
    {
        var box = new Box(0, 0, 10, 10);
        Point[] line =
            [new(-5, 5), new(5, 5), new(5, 15), new(8, 15), new(8, 5), new(double.NaN, 5), new(1, 1), new(2, 2)];
        IReadOnlyList<IReadOnlyList<Point>> pieces = Clip.Polyline(line, box);
        Assert.That(pieces, Has.Count.EqualTo(3));
        Assert.That(pieces[0], Is.EqualTo(new Point[] { new(0, 5), new(5, 5), new(5, 10) }));
        Assert.That(pieces[1], Is.EqualTo(new Point[] { new(8, 10), new(8, 5) }));
        Assert.That(pieces[2], Is.EqualTo(new Point[] { new(1, 1), new(2, 2) }));
    }

    [Test]
    public void Long_words_are_cut_and_lines_wrapped()
    {
        var style = new TextStyle(Size: 10);
        IReadOnlyList<string> lines = TextMeasure.Wrap("one two " + new string('m', 50), style, 60);
        Assert.That(lines, Has.Count.EqualTo(2));
        Assert.That(lines.Select(line => TextMeasure.Width(line, style)), Has.All.AtMost(60));
        Assert.That(lines[1], Does.EndWith("…"));
    }

    [Test]
    public void An_enlarged_bitmap_repeats_its_pixels()
    {
        var bitmap = Bitmap.Ink([0, 255, 7, 9], 2, 2).Enlarged(4, 3);
        Assert.That((bitmap.Width, bitmap.Height), Is.EqualTo((4, 4)));
        byte[] alpha = [.. bitmap.Rgba.Where((_, i) => i % 4 == 3)];
        Assert.That(alpha, Is.EqualTo(new byte[] { 0, 0, 255, 255, 0, 0, 255, 255, 7, 7, 9, 9, 7, 7, 9, 9 }));
    }

    [Test]
    public void Signed_colours_carry_the_sign_in_the_hue_and_the_size_in_the_opacity()
    {
        byte[] rgba = Bitmap.Signed([0.5f, -0.5f, 9, float.NaN], 4, 1, limit: 1).Rgba;
        Assert.That(new[] { rgba[3], rgba[7], rgba[11], rgba[15] }, Is.EqualTo(new byte[] { 128, 128, 255, 0 }));
        Assert.That(rgba[2], Is.GreaterThan(rgba[0]), "positive is blue");
        Assert.That(rgba[6], Is.LessThan(rgba[4]), "negative is orange");
    }
}
