using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Host.Plots;

/// <summary>The network's structure, input at the top: each layer with its output's shape and its parameter
/// count.</summary>
public static class NetworkPlot
{
    private const double BoxHeight = 46;
    private const double ArrowHeight = 26;
    private const double BoxWidth = 320;
    private static readonly TextStyle NameStyle = new(Size: 13.5, Bold: true);
    private static readonly TextStyle KindStyle = new(Ink.Muted, 12.5);
    private static readonly TextStyle SmallStyle = new(Ink.Muted, 12);
    private static readonly TextStyle CountStyle = new(Size: 13, Anchor: Anchor.End);

    /// <param name="layers">From the input on, at least one.</param>
    public static Figure Draw(IReadOnlyList<LayerSummary> layers)
    {
        long total = layers.Sum(layer => layer.Parameters);
        return new Figure("Network", $"{Ticks.Label(total)} parameters ({Bytes(total)} as 32-bit floats). "
            + "Beside the arrows: the shape of what is passed on, B samples at a time.",
            18 + layers.Count * (BoxHeight + ArrowHeight), (canvas, content) => Draw(canvas, content, layers));
    }

    private static void Draw(ICanvas canvas, Box content, IReadOnlyList<LayerSummary> layers)
    {
        long most = Math.Max(1, layers.Max(layer => layer.Parameters));
        canvas.Text(new Point(content.Right, content.Y + 8), "parameters", SmallStyle with { Anchor = Anchor.End });
        for (int i = 0; i < layers.Count; i++)
        {
            var box = new Box(content.X, content.Y + 18 + i * (BoxHeight + ArrowHeight), BoxWidth, BoxHeight);
            var beside = new Box(box.Right + 16, box.Y, content.Right - box.Right - 16, box.Height);
            LayerSummary layer = layers[i];
            using IDisposable group = canvas.Group(
                "layer", $"{layer.Name}: {layer.Kind}, output {layer.OutputShape}, {layer.Parameters} parameters");
            DrawLayer(canvas, box, layer);
            DrawCount(canvas, beside, layer.Parameters, most);
            DrawArrow(canvas, new Point(box.Center.X, box.Bottom), layer.OutputShape);
        }
    }

    private static void DrawLayer(ICanvas canvas, Box box, LayerSummary layer)
    {
        Ink edge = layer.Parameters > 0 ? Ink.Blue : Ink.Muted;
        canvas.Rectangle(box, new Style(Fill: Ink.Panel, Stroke: edge, Width: 1.2), 6);
        string name = TextMeasure.Shorten(layer.Name, NameStyle, box.Width - 24);
        string kind = TextMeasure.Shorten(layer.Kind, KindStyle, box.Width - 24);
        canvas.Text(new Point(box.X + 12, box.Y + 19), name, NameStyle);
        canvas.Text(new Point(box.X + 12, box.Y + 36), kind, KindStyle);
    }

    /// <summary>A bar whose length is the layer's share of the largest, and the number.</summary>
    private static void DrawCount(ICanvas canvas, Box box, long parameters, long most)
    {
        if (parameters > 0)
        {
            double width = Math.Max(1, box.Width * parameters / most);
            canvas.Rectangle(new Box(box.X, box.Bottom - 14, width, 7), Style.Filled(Ink.Blue), 2);
        }
        canvas.Text(new Point(box.Right, box.Y + 22), parameters == 0 ? "none" : Ticks.Label(parameters), CountStyle);
    }

    private static void DrawArrow(ICanvas canvas, Point start, string shape)
    {
        double x = start.X;
        double tip = start.Y + ArrowHeight - 2;
        canvas.Line(new Point(x, start.Y + 2), new Point(x, tip - 5), Style.Line(Ink.Muted, 1.4));
        canvas.Path([new(x - 4.5, tip - 7), new(x + 4.5, tip - 7), new(x, tip)], Style.Filled(Ink.Muted));
        canvas.Text(new Point(x + 12, start.Y + ArrowHeight / 2 + 4), shape, SmallStyle);
    }

    private static string Bytes(long parameters) => parameters * 4 < 1_000_000
        ? $"{parameters * 4 / 1e3:0.#}\u2009kB"
        : $"{parameters * 4 / 1e6:0.#}\u2009MB";
}
