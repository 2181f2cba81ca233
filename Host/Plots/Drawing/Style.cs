namespace GpuLstm.Host.Plots.Drawing;

public enum Dash
{
    Solid,
    Dashed,
    Dotted,
}

/// <summary>How a shape is filled and outlined; widths in canvas units, opacities 0 to 1.</summary>
public sealed record Style(
    Ink Fill = Ink.None, Ink Stroke = Ink.None, double Width = 1, double Opacity = 1, Dash Dash = Dash.Solid)
{
    public static Style Filled(Ink ink, double opacity = 1) => new(Fill: ink, Opacity: opacity);

    public static Style Line(Ink ink, double width = 1, Dash dash = Dash.Solid, double opacity = 1) =>
        new(Stroke: ink, Width: width, Dash: dash, Opacity: opacity);
}

public enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>How text is set; the size in canvas units.</summary>
public sealed record TextStyle(Ink Ink = Ink.Text, double Size = 12, Anchor Anchor = Anchor.Start, bool Bold = false)
{
    /// <summary>From a text's middle line down to its baseline.</summary>
    public double BaselineShift => 0.35 * Size;
}
