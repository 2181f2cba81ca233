using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots;

/// <summary>A sequence with a class at every step.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Predicted">[T].</param>
/// <param name="Truths">[T], below 0 where nothing is known.</param>
public sealed record ClassifiedSteps(string Name, IReadOnlyList<int> Predicted, IReadOnlyList<int> Truths);

/// <summary>Sequences from left to right, their true classes and those that were predicted as two ribbons.</summary>
public static class StepClassesPlot
{
    private const int Most = 12;
    private const double RibbonHeight = 13, SequenceHeight = 48, KeyHeight = 22;
    private static readonly TextStyle NameStyle = new(Ink.Muted, 11.5);

    public static Figure Draw(IReadOnlyList<ClassifiedSteps> sequences, IReadOnlyList<string> classes)
    {
        ClassifiedSteps[] shown = [.. sequences.Take(Most)];
        int known = 0, right = 0;
        foreach (ClassifiedSteps one in shown)
            for (int t = 0; t < one.Truths.Count; t++)
            {
                known += one.Truths[t] >= 0 ? 1 : 0;
                right += one.Truths[t] >= 0 && one.Truths[t] == one.Predicted[t] ? 1 : 0;
            }
        string summary = known == 0 ? "The classes that were predicted at every step."
            : $"Above the true classes, below those that were predicted; "
            + $"{Ticks.Percent((double)right / known, 0.001)} of "
                + $"the labelled steps of these {shown.Length} sequences are right.";
        double keys = KeyHeight * Math.Ceiling(classes.Count / 4.0);
        return new Figure("Classes step by step", summary, keys + shown.Length * SequenceHeight, (canvas, content) =>
        {
            Keys(canvas, content, classes);
            int longest = shown.Max(one => one.Predicted.Count);
            for (int i = 0; i < shown.Length; i++)
            {
                double top = content.Y + keys + i * SequenceHeight;
                canvas.Text(new Point(content.X, top + 11), shown[i].Name, NameStyle);
                Ribbon(canvas, content with { Y = top + 16, Height = RibbonHeight }, shown[i].Truths, longest);
                Ribbon(canvas, content with { Y = top + 16 + RibbonHeight + 1, Height = RibbonHeight },
                    shown[i].Predicted, longest);
            }
        });
    }

    private static void Keys(ICanvas canvas, Box box, IReadOnlyList<string> classes)
    {
        double column = box.Width / 4;
        for (int c = 0; c < classes.Count; c++)
        {
            var at = new Box(box.X + c % 4 * column, box.Y + c / 4 * KeyHeight, 14, 12);
            canvas.Rectangle(at, Fill(c));
            string name = TextMeasure.Shorten(classes[c], NameStyle, column - 24);
            canvas.Text(new Point(at.Right + 6, at.Y + 10), name, NameStyle with { Ink = Ink.Text });
        }
    }

    /// <summary>Stretches of one class as one rectangle each.</summary>
    private static void Ribbon(ICanvas canvas, Box box, IReadOnlyList<int> classes, int longest)
    {
        double step = box.Width / longest;
        for (int start = 0, end; start < classes.Count; start = end)
        {
            end = start + 1;
            while (end < classes.Count && classes[end] == classes[start])
                end++;
            if (classes[start] >= 0)
                canvas.Rectangle(box with { X = box.X + start * step, Width = (end - start) * step },
                    Fill(classes[start]));
        }
    }

    /// <summary>A hue for each class, paler at each round.</summary>
    private static Style Fill(int c)
    {
        (Ink ink, Dash dash) = Palette.Series(c);
        return Style.Filled(ink, dash switch { Dash.Solid => 0.95, Dash.Dashed => 0.55, _ => 0.3 });
    }
}
