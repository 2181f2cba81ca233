namespace GpuLstm.Host.Plots.Drawing;

/// <summary>What a mark is painted with, by role rather than by colour, so that one drawing works on a light and on
/// a dark page. The colours of each role stand in <see cref="Palette"/>.</summary>
public enum Ink
{
    None,
    /// <summary>The page.</summary>
    Background,
    /// <summary>A quiet area on the page: a panel, an empty cell.</summary>
    Panel,
    /// <summary>Titles, labels, averages.</summary>
    Text,
    /// <summary>Secondary text, axes.</summary>
    Muted,
    /// <summary>Grid lines, cell borders.</summary>
    Faint,
    /// <summary>Text on a strongly coloured mark.</summary>
    OnColor,
    Blue,
    Vermilion,
    Green,
    Purple,
    Orange,
    Sky,
}

/// <summary>Light and dark colours of each ink.</summary>
public static class Palette
{
    /// <summary>Hues that stay apart under the common colour-vision deficiencies: Okabe and Ito, "Color Universal
    /// Design", https://jfly.uni-koeln.de/color/, with yellow left out (invisible on white). The dark column lifts each
    /// for contrast.</summary>
    private static readonly Dictionary<Ink, (string Light, string Dark)> Colors = new()
    {
        [Ink.None] = ("none", "none"),
        [Ink.Background] = ("#ffffff", "#14171c"),
        [Ink.Panel] = ("#f4f5f7", "#1f242b"),
        [Ink.Text] = ("#1b1f24", "#e8eaed"),
        [Ink.Muted] = ("#5a6370", "#a4adb9"),
        [Ink.Faint] = ("#dcdfe4", "#343b45"),
        [Ink.OnColor] = ("#ffffff", "#0d0f12"),
        [Ink.Blue] = ("#0072b2", "#4aa8e0"),
        [Ink.Vermilion] = ("#d55e00", "#f5823b"),
        [Ink.Green] = ("#009e73", "#2fc79b"),
        [Ink.Purple] = ("#b35a8c", "#dd92b9"),
        [Ink.Orange] = ("#d79400", "#f0b941"),
        [Ink.Sky] = ("#3d9bd1", "#8ccdf2"),
    };

    private static readonly Ink[] Hues = [Ink.Blue, Ink.Vermilion, Ink.Green, Ink.Purple, Ink.Orange];

    public static string Light(Ink ink) => Colors[ink].Light;

    public static string Dark(Ink ink) => Colors[ink].Dark;

    /// <summary>Colour and dash of the series number <paramref name="index"/>: five hues solid, then the same five
    /// dashed and dotted, because ten hues that a colour-blind reader can tell apart do not exist.</summary>
    public static (Ink Ink, Dash Dash) Series(int index) =>
        (Hues[index % Hues.Length], (Dash)(index / Hues.Length % 3));
}
