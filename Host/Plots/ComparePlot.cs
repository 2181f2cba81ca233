using System.Globalization;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Comparison;

namespace GpuLstm.Host.Plots;

/// <summary>Accelerators side by side: speed, where a step's time goes, memory, and how far their numbers are
/// apart.</summary>
public static class ComparePlot
{
    private const double RowHeight = StackedBar.Height + 6;
    private const double KeyHeight = 22;
    private const double HeadHeight = 30;
    private const double TableRow = 20;
    private static readonly Ink[] s_phaseInks = [Ink.Purple, Ink.Sky, Ink.Green, Ink.Vermilion, Ink.Orange];
    private static readonly TextStyle HeadStyle = new(Size: 14, Bold: true);
    private static readonly TextStyle CellStyle = new(Size: 12.5);
    private static readonly TextStyle MutedStyle = new(Ink.Muted, 12);

    /// <param name="summary">What was compared, and what came of it.</param>
    /// <param name="measured">At least one; the first is what others are compared with.</param>
    public static Figure Draw(string title, string summary, IReadOnlyList<AcceleratorMeasurement> measured)
    {
        int count = measured.Count;
        double speed = HeadHeight + count * RowHeight, phases = HeadHeight + count * (RowHeight + KeyHeight);
        return new Figure(title, summary, speed + phases + HeadHeight + (count + 1) * TableRow, (canvas, content) =>
        {
            DrawSpeed(canvas, content, measured);
            DrawPhases(canvas, content.Inset(0, speed, 0, 0), measured);
            DrawTable(canvas, content.Inset(0, speed + phases, 0, 0), measured);
        });
    }

    private static void DrawSpeed(ICanvas canvas, Box box, IReadOnlyList<AcceleratorMeasurement> measured)
    {
        DrawHead(canvas, box, "Samples per second", "longer is faster");
        double most = measured.Max(m => m.SamplesPerSecond);
        StackedBar[] bars = [.. measured.Select(m => new StackedBar(m.Device, m.DeviceName,
            [new("samples per second", m.SamplesPerSecond, Ink.Blue)], SpeedLabel(m.SamplesPerSecond, most)))];
        double unit = (box.Width - StackedBar.LabelWidth(bars)) / most;
        for (int i = 0; i < bars.Length; i++)
            bars[i].Draw(canvas, Row(box, i, RowHeight), unit);
    }

    /// <summary>Each step is drawn as long as any other: what compares are the shares of its phases.</summary>
    private static void DrawPhases(ICanvas canvas, Box box, IReadOnlyList<AcceleratorMeasurement> measured)
    {
        DrawHead(canvas, box, "Where a step's time goes", "milliseconds, with a wait after each phase");
        StackedBar[] bars = [.. measured.Select(m => new StackedBar(m.Device, "",
            [.. m.Phases.All.Select((phase, i) => new BarPart(phase.Name, 1e3 * phase.Seconds, s_phaseInks[i]))],
            $"{Digits(1e3 * m.Phases.All.Sum(phase => phase.Seconds))}\u2009ms"))];
        double width = box.Width - StackedBar.LabelWidth(bars);
        for (int i = 0; i < bars.Length; i++)
        {
            Box row = Row(box, i, RowHeight + KeyHeight);
            bars[i].Draw(canvas, row, width / bars[i].Value);
            DrawKey(canvas, row.Inset(0, StackedBar.Height, 0, 0), bars[i].Parts);
        }
    }

    /// <summary>The colour, name and value of each part.</summary>
    private static void DrawKey(ICanvas canvas, Box box, IReadOnlyList<BarPart> parts)
    {
        using IDisposable group = canvas.Group("key");
        for (int i = 0; i < parts.Count; i++)
        {
            double x = box.X + i * box.Width / parts.Count;
            canvas.Rectangle(new Box(x, box.Y + 3, 10, 10), Style.Filled(parts[i].Ink), 2);
            canvas.Text(new Point(x + 15, box.Y + 12), $"{parts[i].Name} {Digits(parts[i].Value)}", MutedStyle);
        }
    }

    private static void DrawTable(ICanvas canvas, Box box, IReadOnlyList<AcceleratorMeasurement> measured)
    {
        string reference = measured[0].Device;
        DrawHead(canvas, box, "Memory, and the largest relative difference",
            measured.Count > 1 ? $"from {reference}" : "nothing to compare with");
        string[] heads = ["", "memory", "first 10 losses", "loss of a step", "gradient of a step"];
        double[] rights = [0, 0.34, 0.55, 0.76, 1];
        DrawCells(heads, MutedStyle, 0);
        canvas.Line(new Point(box.X, box.Y + HeadHeight + TableRow - 3),
            new Point(box.Right, box.Y + HeadHeight + TableRow - 3), Style.Line(Ink.Faint));
        for (int i = 0; i < measured.Count; i++)
        {
            AcceleratorDifference difference = measured[i].Difference;
            string[] differences = i == 0 ? ["–", "–", "–"]
                : [.. new[] { difference.FirstLosses, difference.SharedLoss, difference.SharedGradient }.Select(Small)];
            DrawCells([measured[i].Device, Megabytes(measured[i].MemoryBytes), .. differences], CellStyle, i + 1);
        }

        void DrawCells(string[] cells, TextStyle style, int row)
        {
            double y = box.Y + HeadHeight + row * TableRow + 13;
            canvas.Text(new Point(box.X, y), TextMeasure.Shorten(cells[0], style, 0.2 * box.Width), style);
            for (int i = 1; i < cells.Length; i++)
                canvas.Text(new Point(box.X + rights[i] * box.Width, y), cells[i], style with { Anchor = Anchor.End });
        }
    }

    private static void DrawHead(ICanvas canvas, Box box, string text, string note)
    {
        canvas.Text(new Point(box.X, box.Y + 18), text, HeadStyle);
        canvas.Text(new Point(box.Right, box.Y + 18), note, MutedStyle with { Anchor = Anchor.End });
    }

    private static Box Row(Box box, int index, double height) =>
        new(box.X, box.Y + HeadHeight - 4 + index * height, box.Width, height);

    /// <summary>The value, and how many times slower it is than the best.</summary>
    private static string SpeedLabel(double value, double most) =>
        value >= most ? Digits(value) : $"{Digits(value)}  ({Digits(most / value)}× slower)";

    /// <summary>A number to three digits.</summary>
    private static string Digits(double value)
    {
        if (!(value > 0))
            return "0";
        double unit = Math.Pow(10, Math.Floor(Math.Log10(value)) - 2);
        return Ticks.Label(Math.Round(value / unit) * unit);
    }

    /// <summary>A relative difference: its order is what counts.</summary>
    internal static string Small(double value) =>
        value == 0 ? "0" : value.ToString("0.0e-0", CultureInfo.InvariantCulture);

    internal static string Megabytes(long bytes) => $"{Digits(bytes / 1e6)}\u2009MB";
}
