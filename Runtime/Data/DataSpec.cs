namespace GpuLstm.Runtime.Data;

public enum DataKind
{
    Auto,
    Strokes,
    Folder,

    /// <summary>A set of images in IDX files.</summary>
    Idx,

    /// <summary>A file of samples, or what a folder turns out to hold.</summary>
    Path,
}

/// <summary>A data set as the user names it, taken apart.</summary>
/// <param name="Kind">Which kind of set.</param>
/// <param name="Place">The file or folder; null when none was given.</param>
/// <param name="Set">Of <see cref="DataKind.Idx"/>: the set's name.</param>
public sealed record DataSpec(DataKind Kind, string? Place, string? Set = null)
{
    private const string Emnist = "emnist";

    /// <summary>As the user could have named it from any folder.</summary>
    public string Absolute
    {
        get
        {
            string full = Place is null ? "" : System.IO.Path.GetFullPath(Place);
            string name = Set ?? Kind.ToString().ToLowerInvariant();
            return Place is null ? name
                : Kind == DataKind.Path ? full : $"{name}:{full}";
        }
    }

    /// <exception cref="UsageException">The text is none of the valid forms.</exception>
    public static DataSpec Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? text : text[..colon];
        string? place = colon < 0 ? null : text[(colon + 1)..];
        return (kind, place) switch
        {
            ("auto", null) => new(DataKind.Auto, null),
            ("mnist", null) => new(DataKind.Idx, null, "mnist"),
            ("strokes", null) => new(DataKind.Strokes, null),
            ("folder", { Length: > 0 }) => new(DataKind.Folder, place),
            (Emnist, { Length: > 0 }) => new(DataKind.Idx, place, Emnist),
            (_, { Length: > 0 }) when ImageSet.Find(kind) != null => new(DataKind.Idx, place, kind),
            _ when IsPath(text) => new(DataKind.Path, text),
            _ => throw new UsageException($"'{text}' is no data set: use auto, mnist, mnist:DIR, strokes, folder:DIR, "
                + "or a file or folder that there is."),
        };
    }

    private static bool IsPath(string text) =>
        text.Length > 0 && (System.IO.Path.Exists(text) || Files.FilePair.Find(text) != null);
}
