using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>Curves of all classes and their averages: large the corner where good classifiers crowd, in an inset the
/// whole unit square.</summary>
internal static class CurvesFigure
{
    private const double ChartHeight = 318;
    private const double InsetSize = 118;
    private const double InsetGap = 10;
    private static readonly TextStyle InsetStyle = new(Ink.Muted, 11);
    private static readonly double[] Zooms = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

    /// <param name="title">Of the figure.</param>
    /// <param name="summary">What it says.</param>
    /// <param name="series">In data units, fractions.</param>
    /// <param name="x">The axis over the whole range.</param>
    /// <param name="y">The axis over the whole range.</param>
    /// <param name="corner">The axes of the corner, null where it would show nothing more.</param>
    /// <param name="insetOnRight">On which side of the corner's lower edge there are no curves.</param>
    public static Figure Draw(string title, string summary, IReadOnlyList<Series> series, Axis x, Axis y,
        (Axis X, Axis Y)? corner, bool insetOnRight) =>
        new(title, summary, ChartHeight + 10 + Legend.Height(series, Figure.ContentWidth), (canvas, content) =>
        {
            var whole = new Chart(x, y, series);
            Box charts = content with { Height = ChartHeight };
            if (corner is (Axis cornerX, Axis cornerY))
            {
                var zoomed = new Chart(cornerX, cornerY, series);
                zoomed.Draw(canvas, charts);
                Box area = zoomed.PlotArea(charts);
                double left = insetOnRight ? area.Right - InsetSize - InsetGap : area.X + InsetGap + 8;
                DrawInset(canvas, new Box(left, area.Bottom - InsetSize - InsetGap, InsetSize, InsetSize), whole,
                    cornerX, cornerY);
            }
            else
                whole.Draw(canvas, charts);
            Legend.Draw(canvas, content.Inset(0, ChartHeight + 10, 0, 0), series);
        });

    /// <summary>The whole unit square, small, with the corner framed.</summary>
    private static void DrawInset(ICanvas canvas, Box box, Chart whole, Axis cornerX, Axis cornerY)
    {
        using IDisposable group = canvas.Group("inset", "the whole range; the frame is the part shown large");
        canvas.Rectangle(box, new Style(Fill: Ink.Background, Stroke: Ink.Faint));
        canvas.Text(new Point(box.X, box.Y - 5), "the whole: 0 to 100\u2009%", InsetStyle);
        whole.DrawSeries(canvas, box);
        double size = Math.Max(4, (cornerX.Max - cornerX.Min) * box.Width);
        var frame = new Box(box.X + cornerX.Min * box.Width, box.Y + (1 - cornerY.Max) * box.Height, size, size);
        if (cornerX.Max == 1)
            frame = frame with { X = box.Right - size };
        canvas.Rectangle(frame, new Style(Stroke: Ink.Text, Width: 1.2));
    }

    /// <summary>The size of the corner worth a closer look: twice or so where the average curve leaves it; null where
    /// that is no corner. <paramref name="heightAt"/> gives the average curve's height at a distance from the corner's
    /// edge.</summary>
    public static double? Corner(Func<double, double> heightAt)
    {
        int first = Array.FindIndex(Zooms, size => heightAt(size) >= 1 - size);
        return first < 0 || first + 1 >= Zooms.Length ? null : Zooms[first + 1];
    }

    /// <summary>The curves of all classes and their averages.</summary>
    public static IEnumerable<Series> Lines<TCurve>(
        OneVersusRest<TCurve> curves, IReadOnlyList<string> classNames, Func<string, TCurve, Style, Series> line)
    {
        for (int c = 0; c < curves.PerClass.Count; c++)
        {
            (Ink ink, Dash dash) = Palette.Series(c);
            yield return line(classNames[c], curves.PerClass[c], Style.Line(ink, 1.6, dash));
        }
        yield return line("macro", curves.Macro, Style.Line(Ink.Text, 2.4));
        yield return line("micro", curves.Micro, Style.Line(Ink.Text, 2.4, Dash.Dotted));
    }
}
