namespace GpuLstm.Runtime.Data.Files;

/// <summary>Files that come as a training and a test part, <c>X_TRAIN.ts</c> and <c>X_TEST.ts</c>.</summary>
/// <param name="Name">X.</param>
/// <param name="Train">The training part, or the only file.</param>
/// <param name="Test">Null: there is none.</param>
internal sealed record FilePair(string Name, string Train, string? Test)
{
    private const string TrainEnd = "_TRAIN", TestEnd = "_TEST";

    /// <summary>_TRAIN or _TEST, where the file's name ends so; else null.</summary>
    public static string? PartOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return name.EndsWith(TrainEnd, StringComparison.OrdinalIgnoreCase) ? TrainEnd
            : name.EndsWith(TestEnd, StringComparison.OrdinalIgnoreCase) ? TestEnd : null;
    }

    /// <summary>The files that a user means: by either of a pair, by what their names have in common, or by a single
    /// one's name.</summary>
    /// <returns>Null: there are none.</returns>
    public static FilePair? Find(string path)
    {
        if (File.Exists(path))
            return PartOf(path) is { } part ? Pair(path, Path.GetFileNameWithoutExtension(path)[..^part.Length])
                : new(Path.GetFileNameWithoutExtension(path), path, null);
        string[] trains = [.. Siblings(path).Where(file => PartOf(file) == TrainEnd
            && Path.GetFileNameWithoutExtension(file)[..^TrainEnd.Length] == Path.GetFileName(path))];
        return trains.Length == 1 ? Pair(trains[0], Path.GetFileName(path)) : null;
    }

    /// <summary>The pair in a folder that has exactly one.</summary>
    public static FilePair? FindIn(string folder)
    {
        string[] trains = [.. Siblings(Path.Combine(folder, "_")).Where(file => PartOf(file) == TrainEnd)];
        return trains.Length == 1 ? Find(trains[0]) : null;
    }

    private static FilePair Pair(string path, string name)
    {
        string? Other(string part) => Siblings(path).FirstOrDefault(file => PartOf(file) == part
            && Path.GetFileNameWithoutExtension(file)[..^part.Length] == name
            && Path.GetExtension(file).Equals(Path.GetExtension(path), StringComparison.OrdinalIgnoreCase));

        string title = name.Length > 0 ? name : Path.GetFileNameWithoutExtension(path);
        return Other(TrainEnd) is { } train ? new(title, train, Other(TestEnd)) : new(title, path, null);
    }

    private static IEnumerable<string> Siblings(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder)
            .Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal) : [];
    }
}
