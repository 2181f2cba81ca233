using System.Globalization;
using System.Text;
using SkiaSharp;

namespace GpuLstm.Host.Plots.Drawing;

/// <summary>Draws into SVG text: selectable text, no external fonts or files, light and dark by the reader's
/// setting.</summary>
public sealed class SvgCanvas : ICanvas
{
    private const string Namespace = "http://www.w3.org/2000/svg";
    private const string SheetStart = "<style>";
    private const string SheetEnd = "</style>\n";
    private const double Sharpness = 2; // pixels of an image per canvas unit
    private readonly StringBuilder _body = new();
    private readonly HashSet<Ink> _inks = [];
    private readonly string _title;
    private readonly string _description;

    /// <param name="width">Width in canvas units: CSS pixels when shown at its natural size.</param>
    /// <param name="height">Height in the same units.</param>
    /// <param name="title">The picture's name, for people who do not see it.</param>
    /// <param name="description">What it shows, in a sentence.</param>
    public SvgCanvas(double width, double height, string title, string description)
    {
        (Width, Height, _title, _description) = (width, height, title, description);
    }

    public double Width { get; }

    public double Height { get; }

    public void Line(Point from, Point to, Style style) =>
        Element("line", style, $"x1=\"{N(from.X)}\" y1=\"{N(from.Y)}\" x2=\"{N(to.X)}\" y2=\"{N(to.Y)}\"");

    public void Polyline(IReadOnlyList<Point> points, Style style) =>
        Element("polyline", style, $"points=\"{Points(points, ' ')}\" stroke-linejoin=\"round\"");

    public void Rectangle(Box box, Style style, double cornerRadius = 0)
    {
        string corner = cornerRadius > 0 ? $" rx=\"{N(cornerRadius)}\"" : "";
        Element("rect", style, Placed(box) + corner);
    }

    public void Path(IReadOnlyList<Point> points, Style style) =>
        Element("path", style, $"d=\"M{Points(points, 'L')}Z\"");

    public void Text(Point at, string text, TextStyle style)
    {
        _inks.Add(style.Ink);
        string anchor = style.Anchor switch
        {
            Anchor.Middle => " text-anchor=\"middle\"",
            Anchor.End => " text-anchor=\"end\"",
            _ => "",
        };
        string weight = style.Bold ? " font-weight=\"600\"" : "";
        _body.Append($"<text class=\"{SvgStyle.FillClass(style.Ink)}\" x=\"{N(at.X)}\" y=\"{N(at.Y)}\"")
            .Append($" font-size=\"{N(style.Size)}\"{anchor}{weight}>{Escape(text)}</text>\n");
    }

    public void Image(Box box, Bitmap bitmap, string description)
    {
        // Viewers other than browsers smooth whatever image-rendering says; on repeated pixels only edges show it.
        Bitmap enlarged = bitmap.Enlarged((int)(Sharpness * box.Width), (int)(Sharpness * box.Height));
        string tone = bitmap.IsInk ? " class=\"ink\"" : "";
        _body.Append($"<image{tone} {Placed(box)} preserveAspectRatio=\"none\" image-rendering=\"pixelated\"")
            .Append($" href=\"data:image/png;base64,{Convert.ToBase64String(PngBytes(enlarged))}\">")
            .Append($"<title>{Escape(description)}</title></image>\n");
    }

    public IDisposable Group(string part, string? title = null, IReadOnlyDictionary<string, string>? data = null)
    {
        _body.Append($"<g data-part=\"{Escape(part)}\"");
        foreach ((string key, string value) in data ?? new Dictionary<string, string>())
            _body.Append($" data-{key}=\"{Escape(value)}\"");
        _body.Append(">\n");
        if (title is not null)
            _body.Append($"<title>{Escape(title)}</title>\n");
        return new OpenGroup(_body);
    }

    /// <summary>The picture as a file of its own.</summary>
    public string ToSvg()
    {
        string size = $"viewBox=\"0 0 {N(Width)} {N(Height)}\" width=\"{N(Width)}\" height=\"{N(Height)}\"";
        return $"<svg xmlns=\"{Namespace}\" class=\"plot\" role=\"img\" {size}>\n"
            + $"<title>{Escape(_title)}</title>\n<desc>{Escape(_description)}</desc>\n"
            + $"{SheetStart}{SvgStyle.Sheet(_inks)}{SheetEnd}{_body}</svg>\n";
    }

    /// <summary>A picture of <see cref="ToSvg"/> without its style sheet, for a page that has
    /// <see cref="SvgStyle.Sheet()"/> once for all.</summary>
    public static string WithoutSheet(string svg)
    {
        int start = svg.IndexOf(SheetStart, StringComparison.Ordinal);
        int end = svg.IndexOf(SheetEnd, StringComparison.Ordinal);
        return start < 0 ? svg : svg.Remove(start, end + SheetEnd.Length - start);
    }

    private void Element(string name, Style style, string geometry)
    {
        _inks.Add(style.Fill);
        _inks.Add(style.Stroke);
        string classes = string.Join(' ', Classes(style));
        _body.Append($"<{name} class=\"{classes}\" {geometry}");
        if (style.Fill == Ink.None)
            _body.Append(" fill=\"none\"");
        if (style.Stroke != Ink.None)
            _body.Append($" stroke-width=\"{N(style.Width)}\"");
        if (style.Opacity < 1)
            _body.Append($" opacity=\"{N(style.Opacity)}\"");
        if (style.Dash != Dash.Solid)
            _body.Append(style.Dash == Dash.Dashed ? " stroke-dasharray=\"5 3\"" : " stroke-dasharray=\"1.5 2.5\"");
        _body.Append("/>\n");
    }

    private static IEnumerable<string> Classes(Style style)
    {
        if (style.Fill != Ink.None)
            yield return SvgStyle.FillClass(style.Fill);
        if (style.Stroke != Ink.None)
            yield return SvgStyle.StrokeClass(style.Stroke);
    }

    private static string Placed(Box box) =>
        $"x=\"{N(box.X)}\" y=\"{N(box.Y)}\" width=\"{N(box.Width)}\" height=\"{N(box.Height)}\"";

    private static string Points(IReadOnlyList<Point> points, char separator) =>
        string.Join(separator, points.Select(point => $"{N(point.X)},{N(point.Y)}"));

    /// <summary>At most two decimals: a hundredth of a pixel is below what anyone sees.</summary>
    private static string N(double value)
    {
        if (!double.IsFinite(value))
            throw new ArgumentException($"A plot has a coordinate that is not a finite number ({value}).");
        return (Math.Round(value, 2) + 0.0).ToString("0.##", CultureInfo.InvariantCulture);
    }

    /// <summary>XML escapes; characters that XML 1.0 does not allow become U+FFFD.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text)
            escaped.Append(c switch
            {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '"' => "&quot;",
                < ' ' and not '\t' or '\uFFFE' or '\uFFFF' => "\uFFFD",
                _ => c.ToString(),
            });
        return escaped.ToString();
    }

    private static byte[] PngBytes(Bitmap bitmap)
    {
        var info = new SKImageInfo(bitmap.Width, bitmap.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using SKImage image = SKImage.FromPixelCopy(info, bitmap.Rgba);
        using SKData png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }

    private sealed class OpenGroup(StringBuilder body) : IDisposable
    {
        public void Dispose() => body.Append("</g>\n");
    }
}
