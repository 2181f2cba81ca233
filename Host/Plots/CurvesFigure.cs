using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>Curves of all classes and their averages in the unit square, and beside it the corner where good
/// classifiers crowd.</summary>
internal static class CurvesFigure
{
    private const double ChartHeight = 318;
    private const double Between = 14;
    private static readonly double[] Zooms = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

    /// <param name="title">Of the figure.</param>
    /// <param name="summary">What it says.</param>
    /// <param name="series">In data units, fractions.</param>
    /// <param name="x">The axis over the whole range.</param>
    /// <param name="y">The axis over the whole range.</param>
    /// <param name="corner">The axes of the corner, null where it would show nothing more.</param>
    public static Figure Draw(
        string title, string summary, IReadOnlyList<Series> series, Axis x, Axis y, (Axis X, Axis Y)? corner)
    {
        double width = Figure.ContentWidth;
        return new Figure(title, summary, ChartHeight + 10 + Legend.Height(series, width), (canvas, content) =>
        {
            Box charts = content with { Height = ChartHeight };
            double half = (charts.Width - Between) / 2;
            new Chart(x, y, series).Draw(canvas, corner is null ? charts : charts with { Width = half });
            if (corner is (Axis cornerX, Axis cornerY))
                new Chart(cornerX, cornerY, series).Draw(canvas, charts.Inset(half + Between, 0, 0, 0));
            Legend.Draw(canvas, content.Inset(0, ChartHeight + 10, 0, 0), series);
        });
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
