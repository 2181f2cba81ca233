namespace GpuLstm.Runtime.Data;

public enum DataKind
{
    Auto,
    Mnist,
    Strokes,
    Folder,
}

/// <summary>A data set as the user names it, taken apart.</summary>
/// <param name="Kind">Which kind of set.</param>
/// <param name="Folder">The folder after the colon; null when none was given.</param>
public sealed record DataSpec(DataKind Kind, string? Folder)
{
    /// <summary>As the user could have named it from any folder.</summary>
    public string Absolute => Folder is null
        ? Kind.ToString().ToLowerInvariant() : $"{Kind.ToString().ToLowerInvariant()}:{Path.GetFullPath(Folder)}";

    /// <exception cref="UsageException">The text is none of the valid forms.</exception>
    public static DataSpec Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? text : text[..colon];
        string? folder = colon < 0 ? null : text[(colon + 1)..];
        return (kind, folder) switch
        {
            ("auto", null) => new DataSpec(DataKind.Auto, null),
            ("mnist", null) => new DataSpec(DataKind.Mnist, null),
            ("mnist", { Length: > 0 }) => new DataSpec(DataKind.Mnist, folder),
            ("strokes", null) => new DataSpec(DataKind.Strokes, null),
            ("folder", { Length: > 0 }) => new DataSpec(DataKind.Folder, folder),
            _ => throw new UsageException(
                $"'{text}' is no data set: use auto, mnist, mnist:DIR, strokes or folder:DIR."),
        };
    }
}
