using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>A sample as people see it.</summary>
public abstract record SamplePicture
{
    /// <summary>Height to width.</summary>
    public abstract double Aspect { get; }

    /// <summary>What it is: an image, a sequence.</summary>
    public abstract string Word { get; }

    /// <summary>What the network reads at a time: a row, a step.</summary>
    public abstract string StepWord { get; }

    /// <summary>Draws it over the whole box.</summary>
    public abstract void Draw(ICanvas canvas, Box box, string description);

    /// <summary>Draws it so that the network's steps run downwards.</summary>
    public abstract void DrawDownwards(ICanvas canvas, Box box, string description);
}

/// <summary>An image.</summary>
public sealed record PixelPicture(Bitmap Bitmap) : SamplePicture
{
    public override double Aspect => (double)Bitmap.Height / Bitmap.Width;

    public override string Word => "image";

    public override string StepWord => "row";

    public override void Draw(ICanvas canvas, Box box, string description) => canvas.Image(box, Bitmap, description);

    public override void DrawDownwards(ICanvas canvas, Box box, string description) => Draw(canvas, box, description);
}

/// <summary>A sequence as a line per feature, from <see cref="Reach"/> deviations below the feature's mean to as many
/// above.</summary>
/// <param name="Values">[T, I], normalised; NaN: missing.</param>
public sealed record LinePicture(float[] Values, int Features) : SamplePicture
{
    /// <summary>Deviations from the mean to the edge; what lies farther out is drawn at the edge.</summary>
    public const int Reach = 3;

    private const int MostColours = 10; // with more, lines are told apart by their place alone

    public override double Aspect => 0.7;

    public override string Word => "sequence";

    public override string StepWord => "step";

    private int Steps => Values.Length / Features;

    public override void Draw(ICanvas canvas, Box box, string description)
    {
        using IDisposable group = canvas.Group("sequence", description);
        double step = box.Width / Math.Max(1, Steps - 1);
        canvas.Line(new(box.X, box.Center.Y), new(box.Right, box.Center.Y), Style.Line(Ink.Faint));
        for (int i = 0; i < Features; i++)
            DrawLine(canvas, i, (t, height) => new(box.X + (Steps == 1 ? box.Width / 2 : t * step),
                box.Center.Y - height * box.Height / 2));
    }

    /// <summary>Each feature in a column of its own.</summary>
    public override void DrawDownwards(ICanvas canvas, Box box, string description)
    {
        using IDisposable group = canvas.Group("sequence", description);
        double column = box.Width / Features, step = box.Height / Steps;
        for (int i = 0; i < Features; i++)
        {
            double middle = box.X + (i + 0.5) * column;
            canvas.Line(new(middle, box.Y), new(middle, box.Bottom), Style.Line(Ink.Faint, 0.8));
            DrawLine(canvas, i, (t, height) => new(middle + height * column / 2, box.Y + (t + 0.5) * step));
        }
    }

    /// <param name="place">From a step and a height, -1 to 1, to a point.</param>
    private void DrawLine(ICanvas canvas, int feature, Func<int, double, Point> place)
    {
        Style style = Features > MostColours ? Style.Line(Ink.Blue, 1, opacity: 0.55) : Line(feature);
        List<Point> points = [];
        for (int t = 0; t <= Steps; t++)
        {
            if (t < Steps && float.IsFinite(Values[t * Features + feature]))
            {
                points.Add(place(t, Math.Clamp(Values[t * Features + feature] / Reach, -1, 1)));
                continue;
            }
            if (points.Count == 1) // alone between missing ones
                canvas.Rectangle(new(points[0].X - 1, points[0].Y - 1, 2, 2), Style.Filled(style.Stroke));
            else if (points.Count > 1)
                canvas.Polyline([.. points], style);
            points.Clear();
        }
    }

    private static Style Line(int feature)
    {
        (Ink ink, Dash dash) = Palette.Series(feature);
        return Style.Line(ink, 1.3, dash);
    }
}
