using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>Names of series beside samples of their lines. It has its own place next to the data, never on
/// top.</summary>
public static class Legend
{
    private const double SampleWidth = 20;
    private const double Gap = 6;
    private const double Between = 12;
    private const double RowHeight = 19;
    private static readonly TextStyle NameStyle = new(Size: 12.5);
    private static readonly TextStyle NoteStyle = new(Ink.Muted, 12);

    /// <summary>Entries side by side in columns of one width, in as many rows as the box's width needs.
    /// Returns the height taken.</summary>
    public static double Draw(ICanvas canvas, Box box, IEnumerable<Series> series)
    {
        Series[] entries = [.. series.Where(entry => entry.Name is not null)];
        double column = entries.Max(EntryWidth) + Between;
        int columns = Columns(entries, box.Width);
        using IDisposable group = canvas.Group("legend");
        for (int i = 0; i < entries.Length; i++)
        {
            double y = box.Y + (i / columns + 0.5) * RowHeight;
            DrawEntry(canvas, new Point(box.X + i % columns * column, y), entries[i]);
        }
        return Height(entries, box.Width);
    }

    /// <summary>Height that <see cref="Draw"/> takes in a given width.</summary>
    public static double Height(IEnumerable<Series> series, double width)
    {
        Series[] entries = [.. series.Where(entry => entry.Name is not null)];
        int columns = Columns(entries, width);
        return (entries.Length + columns - 1) / columns * RowHeight;
    }

    private static int Columns(Series[] entries, double width) =>
        Math.Clamp((int)((width + Between) / (entries.Max(EntryWidth) + Between)), 1, entries.Length);

    private static double EntryWidth(Series entry) => SampleWidth + Gap + TextMeasure.Width(entry.Name ?? "", NameStyle)
        + (entry.Note is null ? 0 : Gap + TextMeasure.Width(entry.Note, NoteStyle));

    private static void DrawEntry(ICanvas canvas, Point left, Series entry)
    {
        if (entry is BandSeries or BarSeries)
            canvas.Rectangle(new Box(left.X, left.Y - 5, SampleWidth, 10), entry.Style);
        else if (entry is not PointSeries)
            canvas.Line(left, left with { X = left.X + SampleWidth }, entry.Style);
        if (entry is LineSeries { HasMarkers: true } or PointSeries)
            Marker.Draw(canvas, left with { X = left.X + SampleWidth / 2 }, entry.Style.Stroke);

        double baseline = left.Y + NameStyle.BaselineShift;
        double x = left.X + SampleWidth + Gap;
        canvas.Text(new Point(x, baseline), entry.Name!, NameStyle);
        if (entry.Note is not null)
        {
            double after = x + TextMeasure.Width(entry.Name!, NameStyle) + Gap;
            canvas.Text(new Point(after, baseline), entry.Note, NoteStyle);
        }
    }
}
