namespace GpuLstm.Host.Plots.Drawing;

/// <summary>Widths of text without a font engine. The table holds the advances of DejaVu Sans, the widest of the fonts
/// that a reader is likely to have, so a layout that fits here fits everywhere.</summary>
public static class TextMeasure
{
    private const char ThinSpace = '\u2009';
    private const double BoldFactor = 1.12;

    /// <summary>Advances of U+0020 to U+007E in hundredths of the font size.</summary>
    private static readonly byte[] Advances =
    [
        32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34,
        84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64, 62, 74, 69, 99,
        69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53,
        40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
    ];

    public static double Width(string text, TextStyle style)
    {
        int hundredths = 0;
        foreach (char c in text)
            hundredths += c is >= ' ' and <= '~' ? Advances[c - ' '] : c == ThinSpace ? 20 : 100;
        return hundredths * 0.01 * style.Size * (style.Bold ? BoldFactor : 1);
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
        while (kept > 1 && Width(text[..kept] + "…", style) > width)
            kept--;
        return text[..kept] + "…";
    }
}
