using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>A dot on a line.</summary>
public static class Marker
{
    private const double Radius = 3.2;

    public static void Draw(ICanvas canvas, Point center, Ink ink) => canvas.Rectangle(
        new Box(center.X - Radius, center.Y - Radius, 2 * Radius, 2 * Radius),
        new Style(Fill: ink, Stroke: Ink.Background, Width: 1), Radius);
}
