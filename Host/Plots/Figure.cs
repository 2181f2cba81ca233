using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots;

/// <summary>A page for one plot: a title that names it, a line that says what it shows, and room for the
/// drawing.</summary>
public sealed class Figure
{
    /// <summary>Wide enough for ten classes, and text still legible when shown 600 pixels wide.</summary>
    public const double StandardWidth = 640;
    public const double Margin = 16;
    public const double ContentWidth = StandardWidth - 2 * Margin;
    private static readonly TextStyle TitleStyle = new(Size: 17, Bold: true);
    private static readonly TextStyle SummaryStyle = new(Ink.Muted, 13);

    /// <param name="title">What the plot is.</param>
    /// <param name="summary">What it says, in one or two sentences; wrapped.</param>
    /// <param name="contentHeight">Height that the drawing needs below them.</param>
    /// <param name="width">Width of the page.</param>
    public Figure(string title, string summary, double contentHeight, double width = StandardWidth)
    {
        double textWidth = width - 2 * Margin;
        IReadOnlyList<string> lines = TextMeasure.Wrap(summary, SummaryStyle, textWidth);
        double top = Margin + 22 + 18 * lines.Count + 8;
        Canvas = new SvgCanvas(width, Math.Ceiling(top + contentHeight + Margin), title, summary);
        Content = new Box(Margin, top, textWidth, contentHeight);

        Canvas.Text(new Point(Margin, Margin + 15), TextMeasure.Shorten(title, TitleStyle, textWidth), TitleStyle);
        for (int i = 0; i < lines.Count; i++)
            Canvas.Text(new Point(Margin, Margin + 36 + 18 * i), lines[i], SummaryStyle);
    }

    public SvgCanvas Canvas { get; }

    /// <summary>Where the drawing goes.</summary>
    public Box Content { get; }
}
