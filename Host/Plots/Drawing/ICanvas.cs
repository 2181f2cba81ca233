namespace GpuLstm.Host.Plots.Drawing;

/// <summary>All that a plot needs to be drawn. Coordinates are canvas units, y grows downwards; every coordinate must
/// be finite (an implementation throws <see cref="ArgumentException"/> otherwise, rather than write a broken
/// picture).</summary>
public interface ICanvas
{
    double Width { get; }

    double Height { get; }

    void Line(Point from, Point to, Style style);

    void Polyline(IReadOnlyList<Point> points, Style style);

    void Rectangle(Box box, Style style, double cornerRadius = 0);

    /// <summary>A closed outline through <paramref name="points"/>.</summary>
    void Path(IReadOnlyList<Point> points, Style style);

    /// <summary>One line of text; <paramref name="at"/> is on its baseline.</summary>
    void Text(Point at, string text, TextStyle style);

    /// <summary>A picture stretched over <paramref name="box"/> with its pixels kept sharp.</summary>
    void Image(Box box, Bitmap bitmap, string description);

    /// <summary>Groups what is drawn until the result is disposed. <paramref name="part"/> names it for programs
    /// ("legend", "plot"), <paramref name="title"/> for people (shown on hover, read aloud), <paramref name="data"/>
    /// carries values for scripts.</summary>
    IDisposable Group(string part, string? title = null, IReadOnlyDictionary<string, string>? data = null);
}
