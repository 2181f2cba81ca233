using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>Values [Rows, Columns] as colours: blue above zero, orange below, full colour at <paramref
/// name="Limit"/>.</summary>
/// <param name="Name">Stands above it.</param>
/// <param name="Range">The values of the colours' ends, beside the name.</param>
public sealed record HeatMap(string Name, string Range, float[] Values, int Rows, int Columns, double Limit)
{
    /// <summary>Room for the name above the colours.</summary>
    public const double HeaderHeight = 20;
    private static readonly TextStyle NameStyle = new(Size: 12.5, Bold: true);
    private static readonly TextStyle RangeStyle = new(Ink.Muted, 11, Anchor.End);

    public void Draw(ICanvas canvas, Box box)
    {
        using IDisposable group = canvas.Group("heatmap");
        canvas.Text(new Point(box.X, box.Y + 13), Name, NameStyle);
        canvas.Text(new Point(box.Right, box.Y + 13), Range, RangeStyle);
        Box area = box.Inset(0, HeaderHeight, 0, 0);
        canvas.Rectangle(area, new Style(Fill: Ink.Panel, Stroke: Ink.Faint));
        string description = $"{Name}, {Rows} rows by {Columns} columns, {Range}";
        canvas.Image(area, Bitmap.Signed(Values, Columns, Rows, Limit), description);
    }
}
