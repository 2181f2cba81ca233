using System.Globalization;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>A part of a stacked bar.</summary>
public readonly record struct BarPart(string Name, double Value, Ink Ink);

/// <summary>A bar of one part or several, end to end, below its name.</summary>
/// <param name="Note">Stands after the name.</param>
/// <param name="Label">Stands after the bar.</param>
public sealed record StackedBar(string Name, string Note, IReadOnlyList<BarPart> Parts, string Label)
{
    /// <summary>Height that <see cref="Draw"/> takes.</summary>
    public const double Height = 44;

    private const double BarTop = 24;
    private const double BarHeight = 16;
    private static readonly TextStyle NameStyle = new(Size: 13.5, Bold: true);
    private static readonly TextStyle NoteStyle = new(Ink.Muted, 12);
    private static readonly TextStyle LabelStyle = new(Size: 13);

    /// <summary>Sum of the parts.</summary>
    public double Value => Parts.Sum(part => part.Value);

    /// <summary>Room that the labels of several bars need at the right.</summary>
    public static double LabelWidth(IEnumerable<StackedBar> bars) =>
        bars.Max(bar => TextMeasure.Width(bar.Label, LabelStyle)) + 10;

    /// <param name="row">At least <see cref="Height"/> high.</param>
    /// <param name="unit">Canvas units for a value of one.</param>
    public void Draw(ICanvas canvas, Box row, double unit)
    {
        using IDisposable group = canvas.Group("bar", $"{Name}: {Label}");
        string name = TextMeasure.Shorten(Name, NameStyle, row.Width / 2);
        canvas.Text(new Point(row.X, row.Y + 18), name, NameStyle);
        double after = row.X + TextMeasure.Width(name, NameStyle) + 10;
        canvas.Text(new Point(after, row.Y + 18), TextMeasure.Shorten(Note, NoteStyle, row.Right - after), NoteStyle);
        double x = row.X;
        foreach (BarPart part in Parts)
        {
            double length = part.Value * unit;
            string value = part.Value.ToString("G3", CultureInfo.InvariantCulture);
            using (canvas.Group("bar-part", Parts.Count == 1 ? null : $"{part.Name}: {value}"))
                canvas.Rectangle(new Box(x, row.Y + BarTop, length, BarHeight), Style.Filled(part.Ink));
            x += length;
        }
        canvas.Text(new Point(x + 8, row.Y + BarTop + BarHeight / 2 + LabelStyle.BaselineShift), Label, LabelStyle);
    }
}
