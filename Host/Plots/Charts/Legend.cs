using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>Names of series beside samples of their lines. It has its own place next to the data, never on
/// top.</summary>
public static class Legend
{
    private const double SampleWidth = 24;
    private const double Gap = 6;
    private const double Between = 20;
    private const double RowHeight = 19;
    private static readonly TextStyle NameStyle = new(Size: 12.5);
    private static readonly TextStyle NoteStyle = new(Ink.Muted, 12.5);

    /// <summary>Entries side by side, in as many rows as the box's width needs. Returns the height taken.</summary>
    public static double DrawRows(ICanvas canvas, Box box, IEnumerable<Series> series)
    {
        using IDisposable group = canvas.Group("legend");
        double x = box.X;
        double y = box.Y;
        foreach (Series entry in series.Where(entry => entry.Name is not null))
        {
            double width = EntryWidth(entry);
            if (x > box.X && x + width > box.Right)
                (x, y) = (box.X, y + RowHeight);
            DrawEntry(canvas, new Point(x, y + RowHeight / 2), entry);
            x += width + Between;
        }
        return y + RowHeight - box.Y;
    }

    /// <summary>Entries below each other. Returns the height taken.</summary>
    public static double DrawColumn(ICanvas canvas, Point topLeft, IEnumerable<Series> series)
    {
        using IDisposable group = canvas.Group("legend");
        double y = topLeft.Y;
        foreach (Series entry in series.Where(entry => entry.Name is not null))
        {
            DrawEntry(canvas, new Point(topLeft.X, y + RowHeight / 2), entry);
            y += RowHeight;
        }
        return y - topLeft.Y;
    }

    public static double EntryWidth(Series entry) => SampleWidth + Gap + TextMeasure.Width(entry.Name ?? "", NameStyle)
        + (entry.Note is null ? 0 : Gap + TextMeasure.Width(entry.Note, NoteStyle));

    private static void DrawEntry(ICanvas canvas, Point left, Series entry)
    {
        if (entry is BandSeries)
            canvas.Rectangle(new Box(left.X, left.Y - 5, SampleWidth, 10), entry.Style);
        else
            canvas.Line(left, left with { X = left.X + SampleWidth }, entry.Style);
        if (entry is LineSeries { HasMarkers: true })
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
