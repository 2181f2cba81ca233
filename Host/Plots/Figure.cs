using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots;

/// <summary>A page for one plot: a title that names it, a line that says what it shows, and the drawing below. It can
/// be drawn on any canvas, any number of times.</summary>
public sealed class Figure
{
    /// <summary>Wide enough for ten classes, and text still legible when shown 600 pixels wide.</summary>
    public const double StandardWidth = 640;
    public const double Margin = 16;
    public const double ContentWidth = StandardWidth - 2 * Margin;
    private static readonly TextStyle TitleStyle = new(Size: 17, Bold: true);
    private static readonly TextStyle SummaryStyle = new(Ink.Muted, 13);
    private readonly IReadOnlyList<string> _lines;
    private readonly Box _content;
    private readonly Action<ICanvas, Box> _draw;

    /// <param name="title">What the plot is.</param>
    /// <param name="summary">What it says, in one or two sentences; wrapped.</param>
    /// <param name="contentHeight">Height that the drawing needs below them.</param>
    /// <param name="draw">Draws it into a box.</param>
    /// <param name="width">Width of the page.</param>
    public Figure(string title, string summary, double contentHeight, Action<ICanvas, Box> draw,
        double width = StandardWidth)
    {
        double textWidth = width - 2 * Margin;
        _lines = TextMeasure.Wrap(summary, SummaryStyle, textWidth);
        _draw = draw;
        double top = Margin + 22 + 18 * _lines.Count + 8;
        _content = new Box(Margin, top, textWidth, contentHeight);
        (Title, Summary, Width, Height) = (title, summary, width, Math.Ceiling(top + contentHeight + Margin));
    }

    public string Title { get; }

    public string Summary { get; }

    /// <summary>In canvas units, CSS pixels at the natural size.</summary>
    public double Width { get; }

    /// <summary>In the same units.</summary>
    public double Height { get; }

    /// <summary>Draws the page on a canvas of its size.</summary>
    public void DrawOn(ICanvas canvas)
    {
        canvas.Rectangle(new Box(0, 0, Width, Height), Style.Filled(Ink.Background));
        string title = TextMeasure.Shorten(Title, TitleStyle, _content.Width);
        canvas.Text(new Point(Margin, Margin + 15), title, TitleStyle);
        for (int i = 0; i < _lines.Count; i++)
            canvas.Text(new Point(Margin, Margin + 36 + 18 * i), _lines[i], SummaryStyle);
        _draw(canvas, _content);
    }

    /// <summary>The page as SVG text.</summary>
    public string ToSvg()
    {
        var canvas = new SvgCanvas(Width, Height, Title, Summary);
        DrawOn(canvas);
        return canvas.ToSvg();
    }
}
