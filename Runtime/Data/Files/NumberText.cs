using System.Globalization;

namespace GpuLstm.Runtime.Data.Files;

/// <summary>Numbers as tables write them: with a point, and in several ways for a missing one.</summary>
internal static class NumberText
{
    /// <summary>The number, NaN for a missing one (nothing, <c>?</c>, <c>NaN</c>, <c>NA</c>).</summary>
    /// <returns>False: the text is no number, or beyond what a float32 holds.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out float value)
    {
        text = text.Trim();
        if (text.Length == 0 || text is "?" || text.Equals("nan", StringComparison.OrdinalIgnoreCase)
            || text.Equals("na", StringComparison.OrdinalIgnoreCase))
        {
            value = float.NaN;
            return true;
        }
        return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && float.IsFinite(value);
    }

    /// <exception cref="FileFormatException">It is none.</exception>
    public static float Parse(ReadOnlySpan<char> text, string path, long line) => TryParse(text, out float value)
        ? value
        : throw LineError.At(path, line, $"{LineError.Quote(text)} is no number that a float32 holds");
}
