using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Data.Files;

/// <summary>Sentences about a line of a file.</summary>
internal static class LineError
{
    private const int Shown = 40;

    /// <param name="line">Counted from 1.</param>
    /// <param name="what">What is wrong and what was expected, without a full stop.</param>
    public static FileFormatException At(string path, long line, string what) =>
        Refusal.Of(path, $"cannot be read as data, line {line}", what);

    /// <summary>A text from the file, short and in quotes.</summary>
    public static string Quote(ReadOnlySpan<char> text) =>
        text.Length <= Shown ? $"'{text}'" : $"'{text[..Shown]}...'";
}
