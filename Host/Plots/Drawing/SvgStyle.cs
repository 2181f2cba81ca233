using System.Text;

namespace GpuLstm.Host.Plots.Drawing;

/// <summary>The style sheet that all our SVGs share: one class per ink for fills (f-*) and one for strokes (s-*), in a
/// light and a dark set. Plain classes rather than custom properties: not every viewer resolves var().</summary>
public static class SvgStyle
{
    public const string FontFamily = "system-ui,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif";

    public static string FillClass(Ink ink) => "f-" + Name(ink);

    public static string StrokeClass(Ink ink) => "s-" + Name(ink);

    /// <summary>The rules for <paramref name="inks"/>, each scoped to our plots so that they can live in a
    /// page.</summary>
    public static string Sheet(IReadOnlyCollection<Ink> inks)
    {
        Ink[] ordered = [.. inks.Where(ink => ink != Ink.None).Distinct().Order()];
        var css = new StringBuilder();
        css.Append(".plot{font-family:").Append(FontFamily).Append("}.plot text{font-variant-numeric:tabular-nums}");
        css.Append(".plot image{image-rendering:pixelated}");
        Rules(css, ordered, Palette.Light);
        css.Append("@media (prefers-color-scheme:dark){@media screen{");
        Rules(css, ordered, Palette.Dark);
        css.Append(".plot .ink{filter:invert(1)}}}");
        return css.ToString();
    }

    public static string Sheet() => Sheet(Enum.GetValues<Ink>());

    private static void Rules(StringBuilder css, Ink[] inks, Func<Ink, string> color)
    {
        foreach (Ink ink in inks)
        {
            css.Append('.').Append(FillClass(ink)).Append("{fill:").Append(color(ink)).Append('}');
            css.Append('.').Append(StrokeClass(ink)).Append("{stroke:").Append(color(ink)).Append('}');
        }
    }

    private static string Name(Ink ink) => ink.ToString().ToLowerInvariant();
}
