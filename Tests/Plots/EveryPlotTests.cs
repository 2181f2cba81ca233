using System.Xml.Linq;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Tests.Plots;

/// <summary>What holds for every plot, whatever it shows.</summary>
[TestFixture]
public class EveryPlotTests
{
    private const double SmallestText = 10.5;

    private static IEnumerable<TestCaseData> Plots() =>
        Samples.AllPlots().Select(plot => new TestCaseData(plot.Figure.ToSvg()).SetArgDisplayNames(plot.Name));

    [TestCaseSource(nameof(Plots))]
    public void It_has_a_title_and_a_description(string text)
    {
        var svg = new Svg(text);
        Assert.That((string?)svg.Root.Element(Svg.Namespace + "title"), Is.Not.Null.And.Not.Empty);
        Assert.That((string?)svg.Root.Element(Svg.Namespace + "desc"), Is.Not.Null.And.Not.Empty);
    }

    [TestCaseSource(nameof(Plots))]
    public void No_coordinate_is_missing_or_infinite(string text)
    {
        IEnumerable<string> values = new Svg(text).Root.DescendantsAndSelf().Attributes()
            .Where(attribute => attribute.Name.LocalName is not ("class" or "href"))
            .Select(attribute => attribute.Value);
        Assert.That(values, Has.None.Contains("NaN").And.None.Contains("Infinity").And.None.Contains("∞"));
    }

    [TestCaseSource(nameof(Plots))]
    public void All_text_is_inside_the_canvas_and_large_enough(string text)
    {
        var svg = new Svg(text);
        foreach (XElement element in svg.Elements("text"))
        {
            Box box = Svg.BoxOf(element);
            bool isInside = svg.Canvas.Contains(new Point(box.X, box.Y))
                && svg.Canvas.Contains(new Point(box.Right, box.Bottom));
            Assert.That(isInside, $"\"{element.Value}\" at {box} leaves {svg.Canvas}");
            Assert.That(Svg.Number(element, "font-size"), Is.AtLeast(SmallestText), element.Value);
        }
    }

    [TestCaseSource(nameof(Plots))]
    public void All_marks_are_inside_the_canvas(string text)
    {
        var svg = new Svg(text);
        foreach (XElement shape in svg.Elements("polyline").Concat(svg.Elements("path")))
            Assert.That(Svg.PointsOf(shape), Has.All.Matches<Point>(point => svg.Canvas.Contains(point, 0.01)));
        foreach (Box box in svg.Elements("rect").Concat(svg.Elements("image")).Select(Svg.BoxOfRectangle))
            Assert.That(svg.Canvas.Contains(new Point(box.X, box.Y), 0.01)
                && svg.Canvas.Contains(new Point(box.Right, box.Bottom), 0.01), $"{box}");
    }

    [TestCaseSource(nameof(Plots))]
    public void Lines_stay_in_their_chart_and_the_legend_outside(string text)
    {
        var svg = new Svg(text);
        Box[] areas = svg.PlotAreas();
        foreach (XElement line in svg.Parts("plot").Descendants(Svg.Namespace + "polyline"))
            Assert.That(areas.Any(area => Svg.PointsOf(line).All(point => area.Contains(point, 0.02))));
        foreach (XElement entry in svg.Parts("legend").Descendants(Svg.Namespace + "text"))
            Assert.That(areas.Any(area => area.Overlaps(Svg.BoxOf(entry))), Is.False, $"\"{entry.Value}\" covers data");
    }

    [TestCaseSource(nameof(Plots))]
    public void No_two_texts_overlap(string text)
    {
        XElement[] texts = [.. new Svg(text).Elements("text")];
        for (int i = 0; i < texts.Length; i++)
            for (int j = i + 1; j < texts.Length; j++)
                Assert.That(Svg.BoxOf(texts[i]).Overlaps(Svg.BoxOf(texts[j])), Is.False,
                    $"\"{texts[i].Value}\" and \"{texts[j].Value}\"");
    }

    [TestCaseSource(nameof(Plots))]
    public void Every_colour_has_a_dark_twin(string text)
    {
        var svg = new Svg(text);
        string[] sheet = svg.Root.Element(Svg.Namespace + "style")!.Value.Split("@media");
        IEnumerable<string> classes = svg.Root.Descendants().Attributes("class")
            .SelectMany(attribute => attribute.Value.Split(' '))
            .Where(name => name.Length > 2 && name[1] == '-');
        foreach (string name in classes.Distinct())
        {
            Assert.That(sheet[0], Does.Contain($".{name}{{"), "light");
            Assert.That(sheet[^1], Does.Contain($".{name}{{"), "dark");
        }
        Assert.That(text, Does.Not.Contain("var(").And.Not.Contain("<script"));
    }

    [TestCaseSource(nameof(Plots))]
    public void Pictures_are_sharp_PNGs_inside_the_file(string text)
    {
        foreach (XElement image in new Svg(text).Elements("image"))
        {
            string href = (string)image.Attribute("href")!;
            Assert.That(href, Does.StartWith("data:image/png;base64,"));
            byte[] png = Convert.FromBase64String(href[(href.IndexOf(',') + 1)..]);
            Assert.That(png.AsSpan(1, 3).SequenceEqual("PNG"u8));
            Assert.That((string?)image.Attribute("image-rendering"), Is.EqualTo("pixelated"));
        }
    }

    [Test]
    public void The_same_data_give_the_same_text()
    {
        string[] again = [.. Samples.AllPlots().Select(plot => plot.Figure.ToSvg())];
        Assert.That(Samples.AllPlots().Select(plot => plot.Figure.ToSvg()), Is.EqualTo(again));
    }
}
