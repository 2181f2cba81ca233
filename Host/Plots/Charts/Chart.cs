using System.Globalization;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>Lines and bands over two axes.</summary>
public sealed record Chart(Axis X, Axis Y, IReadOnlyList<Series> Series)
{
    private const double TickGap = 7;
    private const double XLabels = 40;
    private const double Visible = 0.6;
    private static readonly TextStyle TickStyle = new(Ink.Muted, 12);
    private static readonly TextStyle AxisStyle = new(Ink.Muted, 12.5);

    /// <summary>The part of <paramref name="box"/> that the data occupy; axes and labels take the rest.</summary>
    public Box PlotArea(Box box)
    {
        double left = Y.Ticks.Max(tick => TextMeasure.Width(Y.TickLabel(tick), TickStyle)) + TickGap;
        double right = TextMeasure.Width(X.TickLabel(X.Ticks[^1]), TickStyle) / 2;
        return box.Inset(Math.Ceiling(left), AxisStyle.Size + 13, Math.Ceiling(right), XLabels);
    }

    /// <summary>Draws axes and data into <paramref name="box"/>; the legend is drawn elsewhere, see
    /// <see cref="Legend"/>.</summary>
    public void Draw(ICanvas canvas, Box box)
    {
        Box area = PlotArea(box);
        DrawAxes(canvas, box, area);
        using IDisposable group = canvas.Group("plot", data: new Dictionary<string, string>
        {
            ["x"] = Describe(X, area.X, area.Right),
            ["y"] = Describe(Y, area.Bottom, area.Y),
        });
        DrawSeries(canvas, area);
    }

    /// <summary>The data alone, over the whole of an area.</summary>
    public void DrawSeries(ICanvas canvas, Box area)
    {
        foreach (Series series in Series)
            DrawSeries(canvas, area, series);
    }

    private Point Place(Box area, Point value) =>
        new(area.X + X.Fraction(value.X) * area.Width, area.Bottom - Y.Fraction(value.Y) * area.Height);

    private void DrawAxes(ICanvas canvas, Box box, Box area)
    {
        using IDisposable group = canvas.Group("axes");
        foreach (double tick in Y.TicksApart(area.Height, _ => TickStyle.Size + 4))
        {
            double y = area.Bottom - Y.Fraction(tick) * area.Height;
            canvas.Line(new Point(area.X, y), new Point(area.Right, y), Style.Line(Ink.Faint));
            canvas.Text(new Point(area.X - TickGap, y + TickStyle.BaselineShift), Y.TickLabel(tick),
                TickStyle with { Anchor = Anchor.End });
        }
        foreach (double tick in X.TicksApart(area.Width, label => TextMeasure.Width(label, TickStyle) + 8))
        {
            double x = area.X + X.Fraction(tick) * area.Width;
            canvas.Line(new Point(x, area.Bottom), new Point(x, area.Bottom + 4), Style.Line(Ink.Muted));
            canvas.Text(new Point(x, area.Bottom + 17), X.TickLabel(tick), TickStyle with { Anchor = Anchor.Middle });
        }
        canvas.Line(new Point(area.X, area.Bottom), new Point(area.Right, area.Bottom), Style.Line(Ink.Muted));
        canvas.Text(new Point(box.X, box.Y + AxisStyle.Size), Y.Label, AxisStyle);
        canvas.Text(new Point(area.Right, box.Bottom - 5), X.Label, AxisStyle with { Anchor = Anchor.End });
    }

    private void DrawSeries(ICanvas canvas, Box area, Series series)
    {
        string? title = series.Note is null ? series.Name : $"{series.Name}: {series.Note}";
        using IDisposable group = canvas.Group("series", title);
        switch (series)
        {
            case LineSeries line:
                Point[] places = [.. line.Points.Select(point => Place(area, point))];
                foreach (IReadOnlyList<Point> piece in Clip.Polyline(places, area))
                    canvas.Polyline(Thinned(piece), line.Style);
                if (line.HasMarkers)
                    foreach (Point place in places.Where(place => area.Contains(place, 0.5)))
                        Marker.Draw(canvas, place, line.Style.Stroke);
                break;
            case PointSeries dots:
                foreach (Point place in dots.Points.Select(point => Place(area, point)).Where(p => area.Contains(p,
                    0.5)))
                    Marker.Draw(canvas, place, dots.Style.Stroke);
                break;
            case BandSeries band:
                IEnumerable<Point> edge = band.Lower.Concat(band.Upper.Reverse());
                canvas.Path([.. edge.Select(point => Into(area, Place(area, point)))], band.Style);
                break;
            case BarSeries bars:
                foreach (Bar bar in bars.Bars.Where(bar => double.IsFinite(Y.Fraction(bar.Value))))
                {
                    Point top = Into(area, Place(area, new Point(bar.Left, bar.Value)));
                    double right = Into(area, Place(area, new Point(bar.Right, bar.Value))).X;
                    var outline = new Box(top.X, top.Y, right - top.X, area.Bottom - top.Y);
                    canvas.Rectangle(outline.Inset(0.5, 0, 0.5, 0), bars.Style);
                }
                break;
        }
    }

    /// <summary>Leaves out points that lie too close to the last kept one to be seen.</summary>
    private static List<Point> Thinned(IReadOnlyList<Point> points)
    {
        List<Point> kept = [points[0]];
        for (int i = 1; i < points.Count; i++)
        {
            double distance = Math.Abs(points[i].X - kept[^1].X) + Math.Abs(points[i].Y - kept[^1].Y);
            if (distance >= Visible || i == points.Count - 1)
                kept.Add(points[i]);
        }
        return kept;
    }

    private static Point Into(Box area, Point place) =>
        new(Math.Clamp(place.X, area.X, area.Right), Math.Clamp(place.Y, area.Y, area.Bottom));

    /// <summary>What a script needs to read values off the picture: kind, canvas range, data range, label.</summary>
    private static string Describe(Axis axis, double from, double to)
    {
        string kind = axis.IsLogarithmic ? "log" : "linear";
        return string.Create(CultureInfo.InvariantCulture,
            $"{kind};{from:0.##};{to:0.##};{axis.Min:R};{axis.Max:R};{axis.Unit};{axis.Label}");
    }
}
