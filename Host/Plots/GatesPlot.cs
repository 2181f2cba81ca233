using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots;

/// <summary>The gate explorer: a sample read step by step, top to bottom; every panel runs downwards in time with it,
/// so that a row of an image stands beside the class probabilities, gates and states that it led to.</summary>
public static class GatesPlot
{
    private const double PanelHeight = 168;
    private const double RowLabels = 28;
    private const double Between = 16;
    private const double Band = PanelHeight + HeatMap.HeaderHeight + 18;
    private const double ClassLabels = 16;
    private const double KeyHeight = 24;
    private static readonly TextStyle SmallStyle = new(Ink.Muted, 11.5);
    private static readonly TextStyle NameStyle = new(Size: 12.5, Bold: true);

    public static Figure Draw(GateTrace trace) => new(
        $"What the LSTM does, {trace.Input.StepWord} by {trace.Input.StepWord}", Summary(trace),
        3 * Band + ClassLabels + KeyHeight, (canvas, content) => Draw(canvas, content, trace));

    private static void Draw(ICanvas canvas, Box content, GateTrace trace)
    {
        Box panels = content.Inset(RowLabels, 0, 0, 0);
        double second = panels.Y + Band + ClassLabels;
        using (canvas.Group("gates", data: ScriptData(trace, panels, second + HeatMap.HeaderHeight)))
        {
            DrawReading(canvas, panels with { Height = ClassLabels + HeatMap.HeaderHeight + PanelHeight }, trace);
            int[] order = trace.UnitOrder();
            double width = (panels.Width - 2 * Between) / 3;
            HeatMap[] maps = Maps(trace, order);
            for (int i = 0; i < maps.Length; i++)
            {
                double x = panels.X + i % 3 * (width + Between);
                var box = new Box(x, second + i / 3 * Band, width, HeatMap.HeaderHeight + PanelHeight);
                maps[i].Draw(canvas, box);
                if (i % 3 == 0)
                    DrawRowNumbers(canvas, box.Inset(0, HeatMap.HeaderHeight, 0, 0), trace);
            }
        }
        DrawKey(canvas, new Box(panels.X, second + 2 * Band, panels.Width, KeyHeight));
    }

    private static HeatMap[] Maps(GateTrace trace, int[] order)
    {
        double cellLimit = Math.Max(1e-6, trace.CellState.Max(Math.Abs));
        return
        [
            Map("input gate i", "0 to 1", trace.InputGate, 1),
            Map("forget gate f", "0 to 1", trace.ForgetGate, 1),
            Map("candidate g", "±1", trace.Candidate, 1),
            Map("output gate o", "0 to 1", trace.OutputGate, 1),
            Map("cell state c", Invariant($"±{cellLimit:0.0}"), trace.CellState, cellLimit),
            Map("hidden state h", "±1", trace.HiddenState, 1),
        ];

        HeatMap Map(string name, string range, float[] values, double limit) =>
            new(name, range, trace.Ordered(values, order), trace.TimeSteps, trace.HiddenSize, limit);
    }

    /// <summary>The image, and beside each of its rows the class probabilities once it was read.</summary>
    private static void DrawReading(ICanvas canvas, Box box, GateTrace trace)
    {
        Box area = box.Inset(0, HeatMap.HeaderHeight + ClassLabels, 0, 0);
        double imageWidth = Math.Min(area.Width / 3, area.Height / trace.Input.Aspect);
        Box image = area with { Width = imageWidth };
        canvas.Text(new Point(image.X, box.Y + 13), trace.Input.Word, NameStyle);
        canvas.Rectangle(image, new Style(Fill: Ink.Panel, Stroke: Ink.Faint));
        trace.Input.DrawDownwards(canvas, image, $"the {trace.Input.Word} that is read");
        DrawRowNumbers(canvas, image, trace);

        Box map = box.Inset(imageWidth + Between, ClassLabels, 0, 0);
        canvas.Text(new Point(map.X, box.Y + 13), (trace.AreValues ? "answers, normalised, after each "
            : "class probabilities after each ") + trace.Input.StepWord, NameStyle);
        double limit = trace.AreValues ? Math.Max(1e-6, trace.Probabilities.Max(Math.Abs)) : 1;
        canvas.Text(new Point(map.Right, box.Y + 13), trace.AreValues ? Invariant($"±{limit:0.0}") : "0 to 1",
            SmallStyle with { Anchor = Anchor.End });
        double column = map.Width / trace.Classes;
        for (int c = 0; c < trace.Classes; c++)
        {
            TextStyle style = SmallStyle with { Anchor = Anchor.Middle, Ink = Ink.Text };
            string name = TextMeasure.Shorten(trace.ClassNames[c], style, column - 2);
            canvas.Text(new Point(map.X + (c + 0.5) * column, area.Y - 5), name, style);
        }
        new HeatMap("", "", trace.Probabilities, trace.TimeSteps, trace.Classes, limit).Draw(canvas, map);
        for (int c = 1; c < trace.Classes; c++)
        {
            double x = map.X + c * column;
            canvas.Line(new Point(x, area.Y), new Point(x, area.Bottom), Style.Line(Ink.Faint, 0.8));
        }
    }

    private static void DrawRowNumbers(ICanvas canvas, Box area, GateTrace trace)
    {
        int timeSteps = trace.TimeSteps;
        double height = area.Height / timeSteps;
        int every = Math.Max(1, (int)Math.Ceiling(timeSteps / 4.0));
        canvas.Text(new Point(area.X - 6, area.Y - 5), trace.Input.StepWord, SmallStyle with { Anchor = Anchor.End });
        for (int row = every; row <= timeSteps; row += every)
        {
            double y = area.Y + (row - 0.5) * height + SmallStyle.BaselineShift;
            canvas.Text(new Point(area.X - 6, y), $"{row}", SmallStyle with { Anchor = Anchor.End });
        }
    }

    private static void DrawKey(ICanvas canvas, Box box)
    {
        const int Shades = 101;
        const double Width = 120;
        float[] ramp = [.. Enumerable.Range(0, Shades).Select(i => 2f * i / (Shades - 1) - 1)];
        double baseline = box.Y + 6 + SmallStyle.BaselineShift;
        canvas.Text(new Point(box.X, baseline), "negative", SmallStyle);
        var bar = new Box(box.X + 58, box.Y, Width, 12);
        canvas.Rectangle(bar, new Style(Fill: Ink.Panel, Stroke: Ink.Faint));
        canvas.Image(bar, Bitmap.Signed(ramp, Shades, 1, 1), "colours from the lowest value over zero to the highest");
        canvas.Text(new Point(bar.Right + 6, baseline), "positive", SmallStyle);
        canvas.Text(new Point(box.Right, baseline), "units across, ordered by their final hidden state",
            SmallStyle with { Anchor = Anchor.End });
    }

    /// <summary>What the report's row slider needs: where the panels are, and the numbers behind the
    /// probabilities.</summary>
    private static Dictionary<string, string> ScriptData(GateTrace trace, Box panels, double second)
    {
        double first = panels.Y + HeatMap.HeaderHeight + ClassLabels;
        return new Dictionary<string, string>
        {
            ["steps"] = Invariant($"{trace.TimeSteps}"),
            ["left"] = Invariant($"{panels.X:0.##}"),
            ["width"] = Invariant($"{panels.Width:0.##}"),
            ["height"] = Invariant($"{PanelHeight:0.##}"),
            ["tops"] = Invariant($"{first:0.##} {second:0.##} {second + Band:0.##}"),
            ["classes"] = string.Join('\t', trace.ClassNames),
            ["probabilities"] = string.Join(' ', trace.Probabilities.Select(value => Invariant($"{value:0.###}"))),
        };
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Summary(GateTrace trace)
    {
        if (trace.AreValues)
            return $"What it would have answered after each {trace.Input.StepWord}, and what its units did.";
        int last = trace.TimeSteps - 1;
        int predicted = trace.PredictedAt(last);
        string certainty = Ticks.Percent(trace.Probabilities[last * trace.Classes + predicted], 0.001);
        return $"Read as {trace.ClassNames[predicted]} ({certainty}); "
            + $"from {trace.Input.StepWord} {trace.SettledAt() + 1} of {trace.TimeSteps} on the network says so and "
            + "stays with it.";
    }
}
