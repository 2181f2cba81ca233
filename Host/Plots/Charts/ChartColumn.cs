using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>Charts below each other, each with its legend.</summary>
public static class ChartColumn
{
    private const double Between = 14;

    /// <param name="charts">At least one.</param>
    /// <param name="height">Of each, its legend apart.</param>
    public static Figure Draw(string title, string summary, IReadOnlyList<Chart> charts, double height)
    {
        double[] legends = [.. charts.Select(chart => chart.Series.Any(series => series.Name is not null)
            ? Legend.Height(chart.Series, Figure.ContentWidth) + 6 : 0)];
        return new Figure(title, summary, charts.Count * (height + Between) - Between + legends.Sum(),
            (canvas, content) =>
            {
                double top = content.Y;
                for (int i = 0; i < charts.Count; i++)
                {
                    Box box = content with { Y = top, Height = legends[i] + height };
                    if (legends[i] > 0)
                        Legend.Draw(canvas, box, charts[i].Series);
                    charts[i].Draw(canvas, box.Inset(0, legends[i], 0, 0));
                    top += box.Height + Between;
                }
            });
    }
}
