using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>The confusion matrix: a row per true class, a column per predicted class. Few classes have the count and
/// its share of the row in each cell; many have colours alone, and the most frequent mistakes in words.</summary>
public static class ConfusionPlot
{
    private const int MostWithNumbers = 20;
    private const int Listed = 12;
    private const double LabelHeight = 44;
    private const double CellHeight = 40;
    private const double NarrowestCell = 46;
    private const double WidestName = 240;
    private const double ListRow = 19;
    private const double StrongestWeak = 0.55;
    private const double WeakestStrong = 0.93;
    private static readonly TextStyle AxisStyle = new(Ink.Muted, 12.5);
    private static readonly TextStyle NameStyle = new(Size: 13, Anchor: Anchor.End, Bold: true);
    private static readonly TextStyle SmallNameStyle = new(Size: 11, Anchor: Anchor.End);
    private static readonly TextStyle HeadStyle = new(Size: 14, Bold: true);
    private static readonly TextStyle ListStyle = new(Size: 12.5);

    /// <param name="matrix">What is shown.</param>
    /// <param name="classNames">One per class.</param>
    public static Figure Draw(ConfusionMatrix matrix, IReadOnlyList<string> classNames)
    {
        int classes = matrix.Classes;
        bool hasNumbers = classes <= MostWithNumbers;
        TextStyle style = hasNumbers ? NameStyle : SmallNameStyle;
        // Names that do not fit above their columns stand beside their rows only, with the number that is above.
        double widest = classNames.Max(name => TextMeasure.Width(name, style));
        double column = Math.Max(NarrowestCell, (Figure.ContentWidth - Math.Min(WidestName, widest)) / classes - 2);
        bool isNumbered = widest > column - 4;
        string[] names = isNumbered ? [.. classNames.Select((name, c) => $"{c + 1}  {name}")] : [.. classNames];
        string[] above = isNumbered ? [.. classNames.Select((_, c) => $"{c + 1}")] : names;
        double longest = Math.Max(
            TextMeasure.Width("true", AxisStyle), names.Max(name => TextMeasure.Width(name, style)));
        double nameWidth = Math.Min(WidestName, longest) + 14;
        double width = hasNumbers
            ? Math.Max(Figure.StandardWidth, 2 * Figure.Margin + nameWidth + classes * NarrowestCell)
            : Figure.StandardWidth;
        double cellWidth = (width - 2 * Figure.Margin - nameWidth) / classes;
        double cellHeight = hasNumbers ? CellHeight : cellWidth;
        Mistake[] mistakes = [.. Mistakes(matrix)];
        double list = hasNumbers || mistakes.Length == 0 ? 0 : 34 + Math.Min(mistakes.Length, Listed) * ListRow;
        return new Figure("Confusion matrix", Summary(matrix, classNames, mistakes),
            LabelHeight + cellHeight * classes + list, (canvas, content) =>
            {
                Box grid = content.Inset(nameWidth, LabelHeight, 0, list);
                canvas.Text(new Point(grid.X, content.Y + 13), "predicted class", AxisStyle);
                canvas.Text(new Point(content.X, grid.Y - 8), "true", AxisStyle);
                DrawNames(canvas, grid, names, above, nameWidth - 12, style);
                DrawCells(canvas, grid, matrix, mistakes, classNames, hasNumbers);
                if (list > 0)
                    DrawList(canvas, content.Inset(0, content.Height - list, 0, 0), mistakes, classNames);
            }, width);
    }

    private readonly record struct Mistake(int Truth, int Predicted, long Count, double Share);

    /// <summary>The most frequent first.</summary>
    private static IEnumerable<Mistake> Mistakes(ConfusionMatrix matrix) =>
        from truth in Enumerable.Range(0, matrix.Classes)
        from predicted in Enumerable.Range(0, matrix.Classes)
        let count = matrix[truth, predicted]
        where truth != predicted && count > 0
        orderby count descending
        select new Mistake(truth, predicted, count, (double)count / matrix.Support(truth));

    /// <summary>As many names as have room.</summary>
    private static void DrawNames(
        ICanvas canvas, Box grid, string[] names, string[] above, double nameWidth, TextStyle style)
    {
        double across = grid.Width / names.Length, down = grid.Height / names.Length;
        int everyRow = (int)Math.Ceiling((style.Size + 1) / down);
        double widest = above.Max(name => TextMeasure.Width(name, style)) + 4;
        int everyColumn = across >= NarrowestCell ? 1 : (int)Math.Ceiling(widest / across);
        for (int c = 0; c < names.Length; c += everyRow)
            canvas.Text(new Point(grid.X - 10, grid.Y + (c + 0.5) * down + style.BaselineShift),
                TextMeasure.Shorten(names[c], style, nameWidth), style);
        for (int c = 0; c < names.Length; c += everyColumn)
            canvas.Text(new Point(grid.X + (c + 0.5) * across, grid.Y - 8),
                TextMeasure.Shorten(above[c], style, everyColumn * across), style with { Anchor = Anchor.Middle });
    }

    private static void DrawCells(ICanvas canvas, Box grid, ConfusionMatrix matrix, Mistake[] mistakes,
        IReadOnlyList<string> names, bool hasNumbers)
    {
        double across = grid.Width / names.Count, down = grid.Height / names.Count, gap = hasNumbers ? 1 : 0.25;
        double worst = mistakes.Select(mistake => mistake.Share).DefaultIfEmpty(1).Max();
        if (!hasNumbers)
            canvas.Rectangle(grid, Style.Filled(Ink.Panel));
        for (int truth = 0; truth < names.Count; truth++)
        {
            long support = matrix.Support(truth);
            for (int predicted = 0; predicted < names.Count; predicted++)
            {
                long count = matrix[truth, predicted];
                if (count == 0 && !hasNumbers)
                    continue; // 100 classes would be 10,000 empty boxes
                double share = support == 0 ? 0 : (double)count / support;
                Box cell = new Box(grid.X + predicted * across, grid.Y + truth * down, across, down)
                    .Inset(gap, gap, gap, gap);
                string part = $"{Ticks.Label(count)} of {Ticks.Label(support)} ({Percent(share)})";
                using IDisposable group = canvas.Group(
                    "cell", $"{names[truth]} taken for {names[predicted]}: {part}");
                DrawCell(canvas, cell, count, share, truth == predicted, worst, hasNumbers);
            }
        }
    }

    private static void DrawCell(
        ICanvas canvas, Box cell, long count, double share, bool isHit, double worst, bool hasNumbers)
    {
        double corner = hasNumbers ? 3 : 0;
        if (hasNumbers)
            canvas.Rectangle(cell, Style.Filled(Ink.Panel), corner);
        if (count == 0)
            return;
        (double strength, Ink ink) = Paint(isHit, share, worst);
        canvas.Rectangle(cell, Style.Filled(isHit ? Ink.Blue : Ink.Vermilion, strength), corner);
        if (!hasNumbers)
            return;
        var countStyle = new TextStyle(ink, 13, Anchor.Middle, Bold: isHit);
        var shareStyle = new TextStyle(ink, 11, Anchor.Middle);
        canvas.Text(cell.Center with { Y = cell.Center.Y - 2 },
            TextMeasure.Shorten(Ticks.Label(count), countStyle, cell.Width), countStyle);
        canvas.Text(cell.Center with { Y = cell.Center.Y + 13 },
            TextMeasure.Shorten(Percent(share), shareStyle, cell.Width), shareStyle);
    }

    private static void DrawList(ICanvas canvas, Box box, Mistake[] mistakes, IReadOnlyList<string> names)
    {
        canvas.Text(new Point(box.X, box.Y + 24), "Most frequent mistakes", HeadStyle);
        double half = box.Width / 2;
        for (int i = 0; i < Math.Min(mistakes.Length, Listed); i++)
        {
            (int truth, int predicted, long count, double share) = mistakes[i];
            double y = box.Y + 34 + (i + 0.7) * ListRow;
            string what = $"{TextMeasure.Shorten(names[truth], ListStyle, half / 2)} taken for "
                + TextMeasure.Shorten(names[predicted], ListStyle, half / 2);
            canvas.Text(new Point(box.X, y), what, ListStyle);
            canvas.Text(new Point(box.Right, y), $"{Ticks.Label(count)} times, {Percent(share)} of its class",
                ListStyle with { Anchor = Anchor.End, Ink = Ink.Muted });
        }
    }

    /// <summary>How strongly a cell is filled, and what its texts are written with. Fills between 0.57 and 0.92 are
    /// left out: on them neither ink has the contrast of 4.5 that WCAG 2.2 asks for (1.4.3) both on a light and on a
    /// dark page. Mistakes have a scale of their own up to the most frequent one, and its square root: 1 and 22 are a
    /// third apart.</summary>
    private static (double Strength, Ink Ink) Paint(bool isHit, double share, double worst)
    {
        if (isHit && share >= 0.5)
            return (WeakestStrong + (1 - WeakestStrong) * (2 * share - 1), Ink.OnColor);
        return (isHit ? 0.1 + 0.9 * share : 0.1 + (StrongestWeak - 0.1) * Math.Sqrt(share / worst), Ink.Text);
    }

    /// <summary>Three digits at most, and a mistake never rounds to nothing, nor a class with mistakes to
    /// all.</summary>
    private static string Percent(double share) => share switch
    {
        0 => "0\u2009%",
        < 0.001 => "<0.1\u2009%",
        < 0.9995 => Ticks.Percent(share, 0.001),
        < 1 => ">99.9\u2009%",
        _ => "100\u2009%",
    };

    private static string Summary(ConfusionMatrix matrix, IReadOnlyList<string> names, Mistake[] mistakes)
    {
        string most = mistakes.Length == 0
            ? "no mistakes"
            : $"most often {names[mistakes[0].Truth]} was taken for {names[mistakes[0].Predicted]} "
                + $"({Ticks.Label(mistakes[0].Count)} times)";
        string right = $"{Ticks.Label(matrix.Correct)} of {Ticks.Label(matrix.Total)} recognised";
        return $"{right} ({Ticks.Percent(matrix.Accuracy, 0.0001)}); {most}. "
            + "Percentages are of the row, the true class; mistakes are coloured up to the most frequent one.";
    }
}
