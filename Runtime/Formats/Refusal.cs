namespace GpuLstm.Runtime.Formats;

/// <summary>The one sentence about a file that is not what it should be. Names and texts from the file are part of it,
/// so it is kept short and free of what a terminal would obey.</summary>
internal static class Refusal
{
    private const int MaxLength = 300;

    /// <param name="source">The file's name, as the user gave it.</param>
    /// <param name="what">What it fails to be, as in "is no valid .npz file".</param>
    /// <param name="how">Why, without a full stop.</param>
    public static FileFormatException Of(string source, string what, string how, Exception? inner = null)
    {
        string reason = string.Concat(how.Take(MaxLength).Select(c => char.IsControl(c) ? '?' : c));
        string message = $"{source} {what}: {reason}{(how.Length > MaxLength ? "..." : ".")}";
        return inner is null ? new FileFormatException(message) : new FileFormatException(message, inner);
    }
}
