using System.Text;
using SkiaSharp;

namespace GpuLstm.Host.Plots.Drawing;

/// <summary>Draws with Skia, in the light colours: pixels for PNG, pages for PDF.</summary>
/// <param name="canvas">Scaled so that a canvas unit is one of its own.</param>
public sealed class SkiaCanvas(SKCanvas canvas, double width, double height) : ICanvas
{
    private const double Sharpness = 2; // pixels of an image per canvas unit: PDF viewers smooth what has fewer
    private static readonly float[] s_dashed = [5, 3], s_dotted = [1.5f, 2.5f];
    private readonly HashSet<Rune> _missing = [];

    public double Width => width;

    public double Height => height;

    /// <summary>Characters that no font had; boxes stand in their places.</summary>
    public IReadOnlyCollection<Rune> Missing => _missing;

    public void Line(Point from, Point to, Style style) =>
        Paint(style, paint => canvas.DrawLine(P(from), P(to), paint));

    public void Polyline(IReadOnlyList<Point> points, Style style) => Draw(points, style, close: false);

    public void Path(IReadOnlyList<Point> points, Style style) => Draw(points, style, close: true);

    public void Rectangle(Box box, Style style, double cornerRadius = 0)
    {
        SKRect place = R(box);
        Paint(style, paint => canvas.DrawRoundRect(place, (float)cornerRadius, (float)cornerRadius, paint));
    }

    public void Text(Point at, string text, TextStyle style)
    {
        SKPoint place = P(at);
        using var paint = new SKPaint { IsAntialias = true, Color = Color(style.Ink) };
        (string Text, SKFont Font)[] runs = [.. Runs(text, style)];
        float whole = runs.Sum(run => run.Font.MeasureText(run.Text));
        place.X -= style.Anchor switch { Anchor.Middle => whole / 2, Anchor.End => whole, _ => 0 };
        foreach ((string part, SKFont font) in runs)
        {
            canvas.DrawText(part, place.X, place.Y, SKTextAlign.Left, font, paint);
            place.X += font.MeasureText(part);
            font.Dispose();
        }
    }

    public void Image(Box box, Bitmap bitmap, string description)
    {
        Bitmap enlarged = bitmap.Enlarged((int)(Sharpness * box.Width), (int)(Sharpness * box.Height));
        var info = new SKImageInfo(enlarged.Width, enlarged.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using SKImage image = SKImage.FromPixelCopy(info, enlarged.Rgba);
        canvas.DrawImage(image, R(box), new SKSamplingOptions(SKFilterMode.Nearest));
    }

    public IDisposable Group(string part, string? title = null, IReadOnlyDictionary<string, string>? data = null) =>
        Nothing.Instance; // a picture of pixels has no parts

    /// <summary>The text in pieces of one font each.</summary>
    private IEnumerable<(string Text, SKFont Font)> Runs(string text, TextStyle style)
    {
        var own = new StringBuilder();
        foreach (Rune character in text.EnumerateRunes())
        {
            SKFont? other = Fonts.Has(character) ? null : Fonts.For(character, style);
            if (other == null)
            {
                if (!Fonts.Has(character))
                    _missing.Add(character);
                own.Append(character);
                continue;
            }
            if (own.Length > 0)
                yield return (own.ToString(), Fonts.Of(style));
            own.Clear();
            yield return (character.ToString(), other);
        }
        if (own.Length > 0)
            yield return (own.ToString(), Fonts.Of(style));
    }

    private void Draw(IReadOnlyList<Point> points, Style style, bool close)
    {
        using var path = new SKPathBuilder();
        path.AddPoly([.. points.Select(P)], close);
        using SKPath outline = path.Detach();
        Paint(style, paint => canvas.DrawPath(outline, paint));
    }

    /// <summary>Fills, then strokes.</summary>
    private static void Paint(Style style, Action<SKPaint> draw)
    {
        using var paint = new SKPaint { IsAntialias = true };
        if (style.Fill != Ink.None)
        {
            paint.Color = Color(style.Fill, style.Opacity);
            draw(paint);
        }
        if (style.Stroke == Ink.None)
            return;
        paint.Style = SKPaintStyle.Stroke;
        paint.Color = Color(style.Stroke, style.Opacity);
        paint.StrokeWidth = (float)style.Width;
        paint.StrokeJoin = SKStrokeJoin.Round;
        using SKPathEffect? dashes = style.Dash switch
        {
            Dash.Dashed => SKPathEffect.CreateDash(s_dashed, 0),
            Dash.Dotted => SKPathEffect.CreateDash(s_dotted, 0),
            _ => null,
        };
        paint.PathEffect = dashes;
        draw(paint);
    }

    private static SKColor Color(Ink ink, double opacity = 1) =>
        SKColor.Parse(Palette.Light(ink)).WithAlpha((byte)Math.Round(255 * opacity));

    private static SKPoint P(Point point) => new(F(point.X), F(point.Y));

    private static SKRect R(Box box) => SKRect.Create(F(box.X), F(box.Y), F(box.Width), F(box.Height));

    private static float F(double value) => double.IsFinite(value)
        ? (float)value
        : throw new ArgumentException($"A plot has a coordinate that is not a finite number ({value}).");

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose() { }
    }
}
