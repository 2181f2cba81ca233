using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots;

/// <summary>What one accelerator reached.</summary>
/// <param name="Name">"cuda", "cpu, 2 threads".</param>
/// <param name="Value">In the unit of the whole comparison; not finite where it could not be measured.</param>
/// <param name="Note">The device, or why there is no value.</param>
public sealed record ComparedValue(string Name, double Value, string Note);

/// <summary>Accelerators side by side, a bar each, from zero, in the order given.</summary>
public static class ComparePlot
{
    private const double RowHeight = 50;
    private static readonly TextStyle NameStyle = new(Size: 13.5, Bold: true);
    private static readonly TextStyle NoteStyle = new(Ink.Muted, 12);
    private static readonly TextStyle ValueStyle = new(Size: 13);

    /// <param name="unit">What the values are, "samples per second".</param>
    /// <param name="values">At least one.</param>
    public static string Draw(string title, string summary, string unit, IReadOnlyList<ComparedValue> values)
    {
        var figure = new Figure(title, summary, 20 + RowHeight * values.Count);
        SvgCanvas canvas = figure.Canvas;
        Box content = figure.Content;
        canvas.Text(new Point(content.X, content.Y + 10), unit, NoteStyle);
        double most = values.Select(value => value.Value).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        double labels = values.Max(value => TextMeasure.Width(Label(value, most), ValueStyle)) + 10;
        for (int i = 0; i < values.Count; i++)
        {
            var row = new Box(content.X, content.Y + 20 + i * RowHeight, content.Width, RowHeight);
            DrawRow(canvas, row, values[i], most, labels);
        }
        return canvas.ToSvg();
    }

    private static void DrawRow(SvgCanvas canvas, Box row, ComparedValue value, double most, double labels)
    {
        string label = Label(value, most);
        using IDisposable group = canvas.Group("bar", $"{value.Name}: {label}");
        string name = TextMeasure.Shorten(value.Name, NameStyle, row.Width / 2);
        canvas.Text(new Point(row.X, row.Y + 18), name, NameStyle);
        double after = row.X + TextMeasure.Width(name, NameStyle) + 10;
        string note = TextMeasure.Shorten(value.Note, NoteStyle, row.Right - after);
        canvas.Text(new Point(after, row.Y + 18), note, NoteStyle);
        double length = double.IsFinite(value.Value) && most > 0 ? (row.Width - labels) * value.Value / most : 0;
        if (length > 0)
            canvas.Rectangle(new Box(row.X, row.Y + 24, Math.Max(1, length), 16), Style.Filled(Ink.Blue), 2);
        double beside = row.X + (length > 0 ? length + 8 : 0);
        canvas.Text(new Point(beside, row.Y + 32 + ValueStyle.BaselineShift), label, ValueStyle);
    }

    /// <summary>The value to three or four digits, and how many times less than the best.</summary>
    private static string Label(ComparedValue value, double most)
    {
        if (!double.IsFinite(value.Value))
            return "not measured";
        double unit = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value.Value, 1e-12))) - 3);
        string number = Ticks.Label(Math.Round(value.Value / unit) * unit);
        return value.Value >= most ? number : $"{number}  ({value.Value / most:0.00}×)";
    }
}
