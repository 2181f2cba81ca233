using System.Collections.Concurrent;
using System.Text;
using SkiaSharp;

namespace GpuLstm.Host.Plots.Drawing;

/// <summary>The fonts of pictures: a subset of DejaVu Sans that the program carries, so that text is there on a machine
/// without fonts, and looks and measures the same on every other; for what it lacks, the system's.</summary>
public static class Fonts
{
    private static readonly SKTypeface s_regular = Load("DejaVuSans.ttf"), s_bold = Load("DejaVuSans-Bold.ttf");
    private static readonly ConcurrentDictionary<Rune, SKTypeface?> s_others = new();
    private static readonly Lazy<SKTypeface[]> s_installed = new(Installed);

    private static readonly SKFont s_own = Of(new TextStyle());

    /// <summary>The font of a style, without its size's hints, so that widths are proportional to sizes.</summary>
    public static SKFont Of(TextStyle style) => Of(style, style.Bold ? s_bold : s_regular);

    /// <summary>Whether the font that the program carries has the character.</summary>
    public static bool Has(Rune character) => s_own.ContainsGlyph(character.Value);

    /// <summary>The system's font for a character that ours lacks; null where it has none either.</summary>
    public static SKFont? For(Rune character, TextStyle style)
    {
        SKTypeface? face = s_others.GetOrAdd(character, Find);
        if (face == null)
            return null;
        SKFont font = Of(style, face);
        font.Embolden = style.Bold;
        return font;
    }

    private static SKFont Of(TextStyle style, SKTypeface face) => new(face, (float)style.Size)
    {
        Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None, Subpixel = true, LinearMetrics = true,
    };

    private static SKTypeface Load(string name)
    {
        using Stream stream = typeof(Fonts).Assembly.GetManifestResourceStream(name)!;
        return SKTypeface.FromStream(stream);
    }

    /// <summary>Windows and macOS know which font has a character; Skia without fontconfig knows no font on Linux, and
    /// its files are looked through.</summary>
    private static SKTypeface? Find(Rune character) => SKFontManager.Default.MatchCharacter(character.Value)
        ?? s_installed.Value.FirstOrDefault(face => Has(face, character));

    private static bool Has(SKTypeface face, Rune character)
    {
        using SKFont font = face.ToFont();
        return font.ContainsGlyph(character.Value);
    }

    private static SKTypeface[] Installed()
    {
        if (!OperatingSystem.IsLinux())
            return [];
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] folders =
        [
            Path.Combine(home, ".local/share/fonts"), Path.Combine(home, ".fonts"), "/usr/local/share/fonts",
            "/usr/share/fonts",
        ];
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        return
        [
            .. from folder in folders
               where Directory.Exists(folder)
               from file in Directory.EnumerateFiles(folder, "*", options)
               where Path.GetExtension(file).ToLowerInvariant() is ".ttf" or ".otf" or ".ttc"
               orderby file.Contains("Mono", StringComparison.Ordinal), file // the same choice each time
               let face = SKTypeface.FromFile(file)
               where face != null
               select face,
        ];
    }
}
