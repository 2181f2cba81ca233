using System.Text;
using SkiaSharp;

namespace GpuLstm.Host.Plots.Drawing;

/// <summary>Widths of text in DejaVu Sans, the widest of the fonts that a reader of our SVGs is likely to have: a
/// layout that fits here fits everywhere.</summary>
public static class TextMeasure
{
    /// <summary>In canvas units; a character that the font lacks counts as wide as the size, as Chinese characters
    /// are.</summary>
    public static double Width(string text, TextStyle style)
    {
        using SKFont font = Fonts.Of(style);
        double width = 0;
        foreach (Rune character in text.EnumerateRunes())
            if (!Fonts.Has(character))
                width += style.Size;
        string known = width == 0 ? text : string.Concat(text.EnumerateRunes().Where(Fonts.Has));
        return width + font.MeasureText(known);
    }

    /// <summary>Breaks a text at spaces into lines no wider than <paramref name="width"/>; a longer word is cut with an
    /// ellipsis.</summary>
    public static IReadOnlyList<string> Wrap(string text, TextStyle style, double width)
    {
        var lines = new List<string>();
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : line + " " + word;
            if (line.Length > 0 && Width(longer, style) > width)
            {
                lines.Add(line);
                longer = word;
            }
            line = Shorten(longer, style, width);
        }
        lines.Add(line);
        return lines;
    }

    /// <summary>The text, or as much of its start as fits followed by an ellipsis.</summary>
    public static string Shorten(string text, TextStyle style, double width)
    {
        if (Width(text, style) <= width)
            return text;
        int kept = text.Length;
        while (kept > 1 && (IsWithinPair(text, kept) || Width(text[..kept] + "…", style) > width))
            kept--;
        return text[..kept] + "…";
    }

    private static bool IsWithinPair(string text, int at) => at < text.Length && char.IsLowSurrogate(text[at]);
}
