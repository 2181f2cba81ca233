using System.Globalization;
using System.Xml.Linq;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Tests.Plots;

/// <summary>A plot read back as XML, with what tests ask of it.</summary>
internal sealed class Svg
{
    public static readonly XNamespace Namespace = "http://www.w3.org/2000/svg";

    public Svg(string text)
    {
        Root = XDocument.Parse(text).Root!;
        double[] viewBox = Numbers((string)Root.Attribute("viewBox")!);
        Canvas = new Box(viewBox[0], viewBox[1], viewBox[2], viewBox[3]);
    }

    public Svg(Figure figure) : this(figure.ToSvg()) { }

    public XElement Root { get; }

    public Box Canvas { get; }

    public string[] Texts => [.. Elements("text").Select(text => text.Value)];

    public IEnumerable<XElement> Elements(string name) => Root.Descendants(Namespace + name);

    public IEnumerable<XElement> Parts(string part) =>
        Root.Descendants(Namespace + "g").Where(group => (string?)group.Attribute("data-part") == part);

    /// <summary>Where a text lies, by the widths that the layout counts on.</summary>
    public static Box BoxOf(XElement text)
    {
        double size = Number(text, "font-size");
        bool isBold = text.Attribute("font-weight") is not null;
        double width = TextMeasure.Width(text.Value, new TextStyle(Size: size, Bold: isBold));
        double shift = (string?)text.Attribute("text-anchor") switch { "middle" => width / 2, "end" => width, _ => 0 };
        return new Box(Number(text, "x") - shift, Number(text, "y") - 0.8 * size, width, size);
    }

    public static Box BoxOfRectangle(XElement rectangle) => new(Number(rectangle, "x"), Number(rectangle, "y"),
        Number(rectangle, "width"), Number(rectangle, "height"));

    public static Point[] PointsOf(XElement shape)
    {
        string data = (string?)shape.Attribute("points") ?? (string)shape.Attribute("d")!;
        double[] numbers = Numbers(data);
        return [.. numbers.Chunk(2).Select(pair => new Point(pair[0], pair[1]))];
    }

    /// <summary>The area of each chart, from the ranges that it carries for scripts.</summary>
    public Box[] PlotAreas() => [.. Parts("plot").Select(plot =>
    {
        (double left, double right) = Range((string)plot.Attribute("data-x")!);
        (double bottom, double top) = Range((string)plot.Attribute("data-y")!);
        return new Box(left, top, right - left, bottom - top);
    })];

    public static double Number(XElement element, string attribute) =>
        double.Parse((string)element.Attribute(attribute)!, CultureInfo.InvariantCulture);

    private static (double From, double To) Range(string axis)
    {
        string[] fields = axis.Split(';');
        return (Numbers(fields[1])[0], Numbers(fields[2])[0]);
    }

    private static double[] Numbers(string text) => [.. text
        .Split([' ', ',', 'M', 'L', 'Z'], StringSplitOptions.RemoveEmptyEntries)
        .Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
}
