using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>The confusion matrix: a row per true class, a column per predicted class, in each cell the count and its
/// share of the row.</summary>
public static class ConfusionPlot
{
    private const double LabelHeight = 44;
    private const double CellHeight = 40;
    private const double NarrowestCell = 46;
    private const double StrongestWeak = 0.55;
    private const double WeakestStrong = 0.93;
    private static readonly TextStyle AxisStyle = new(Ink.Muted, 12.5);

    /// <param name="matrix">What is shown.</param>
    /// <param name="classNames">One per class.</param>
    public static string Draw(ConfusionMatrix matrix, IReadOnlyList<string> classNames)
    {
        int classes = matrix.Classes;
        TextStyle nameStyle = new(Size: 13, Anchor: Anchor.End, Bold: true);
        double longest = Math.Max(
            TextMeasure.Width("true", AxisStyle), classNames.Max(name => TextMeasure.Width(name, nameStyle)));
        double nameWidth = Math.Min(120, longest) + 10;
        // Many classes make the picture wider rather than its numbers illegible.
        double width = Math.Max(Figure.StandardWidth, 2 * Figure.Margin + nameWidth + classes * NarrowestCell);
        double height = LabelHeight + CellHeight * classes;
        var figure = new Figure("Confusion matrix", Summary(matrix, classNames), height, width);
        SvgCanvas canvas = figure.Canvas;
        Box grid = figure.Content.Inset(nameWidth, LabelHeight, 0, 0);
        double cellWidth = grid.Width / classes;

        canvas.Text(new Point(grid.X, figure.Content.Y + 13), "predicted class", AxisStyle);
        canvas.Text(new Point(figure.Content.X, grid.Y - 8), "true", AxisStyle);
        for (int c = 0; c < classes; c++)
        {
            string above = TextMeasure.Shorten(classNames[c], nameStyle, cellWidth - 4);
            string beside = TextMeasure.Shorten(classNames[c], nameStyle, nameWidth - 8);
            double across = grid.X + (c + 0.5) * cellWidth;
            double down = grid.Y + (c + 0.5) * CellHeight;
            canvas.Text(new Point(across, grid.Y - 8), above, nameStyle with { Anchor = Anchor.Middle });
            canvas.Text(new Point(grid.X - 10, down + nameStyle.BaselineShift), beside, nameStyle);
        }
        for (int truth = 0; truth < classes; truth++)
            for (int predicted = 0; predicted < classes; predicted++)
            {
                var cell = new Box(grid.X + predicted * cellWidth, grid.Y + truth * CellHeight, cellWidth, CellHeight);
                DrawCell(canvas, cell.Inset(1, 1, 1, 1), matrix, truth, predicted, classNames);
            }
        return canvas.ToSvg();
    }

    private static void DrawCell(
        SvgCanvas canvas, Box cell, ConfusionMatrix matrix, int truth, int predicted, IReadOnlyList<string> names)
    {
        long count = matrix[truth, predicted];
        long support = matrix.Support(truth);
        double share = support == 0 ? 0 : (double)count / support;
        string percent = Percent(share);
        using IDisposable group = canvas.Group("cell",
            $"{names[truth]} taken for {names[predicted]}: {count} of {support} ({percent})");
        canvas.Rectangle(cell, Style.Filled(Ink.Panel), 3);
        if (count == 0)
            return;

        bool isHit = truth == predicted;
        (double strength, Ink ink) = Paint(isHit, share);
        canvas.Rectangle(cell, Style.Filled(isHit ? Ink.Blue : Ink.Vermilion, strength), 3);
        double middle = cell.Center.X;
        var countStyle = new TextStyle(ink, 13, Anchor.Middle, Bold: isHit);
        var shareStyle = new TextStyle(ink, 11, Anchor.Middle);
        string counted = TextMeasure.Shorten($"{count}", countStyle, cell.Width);
        string shared = TextMeasure.Shorten(percent, shareStyle, cell.Width);
        canvas.Text(new Point(middle, cell.Center.Y - 2), counted, countStyle);
        canvas.Text(new Point(middle, cell.Center.Y + 13), shared, shareStyle);
    }

    /// <summary>How strongly a cell is filled, and what its texts are written with. Fills between 0.57 and 0.92 are
    /// left out: on them neither ink has the contrast of 4.5 that WCAG 2.2 asks for (1.4.3) both on a light and on a
    /// dark page. Mistakes are rare: the square root makes one in a thousand visible, and one in ten is as strong as
    /// they get.</summary>
    private static (double Strength, Ink Ink) Paint(bool isHit, double share)
    {
        if (isHit && share >= 0.5)
            return (WeakestStrong + (1 - WeakestStrong) * (2 * share - 1), Ink.OnColor);
        return (isHit ? 0.1 + 0.9 * share : Math.Min(StrongestWeak, 0.08 + 1.5 * Math.Sqrt(share)), Ink.Text);
    }

    /// <summary>Three digits at most, and a mistake never rounds to nothing, nor a class with mistakes to
    /// all.</summary>
    private static string Percent(double share) => share switch
    {
        < 0.001 => "<0.1\u2009%",
        < 0.9995 => Ticks.Percent(share, 0.001),
        < 1 => ">99.9\u2009%",
        _ => "100\u2009%",
    };

    private static string Summary(ConfusionMatrix matrix, IReadOnlyList<string> names)
    {
        (int Truth, int Predicted) worst = (0, 0);
        long most = 0;
        for (int truth = 0; truth < matrix.Classes; truth++)
            for (int predicted = 0; predicted < matrix.Classes; predicted++)
                if (truth != predicted && matrix[truth, predicted] > most)
                    (worst, most) = ((truth, predicted), matrix[truth, predicted]);
        string mistakes = most == 0
            ? "no mistakes"
            : $"most often {names[worst.Truth]} was taken for {names[worst.Predicted]} ({most} times)";
        return $"{matrix.Correct} of {matrix.Total} recognised ({Ticks.Percent(matrix.Accuracy, 0.0001)}); {mistakes}. "
            + "Percentages are of the row, the true class.";
    }
}
