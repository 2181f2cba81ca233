using System.Globalization;
using System.Text.RegularExpressions;

namespace GpuLstm.Runtime.Data;

/// <summary>Reads a set of images in four IDX files: MNIST's names, EMNIST's (<c>emnist-letters-train-...</c>, stored
/// transposed, their classes in a mapping file) or QMNIST's own (<c>qmnist-...-labels-idx2-int</c>).</summary>
internal static partial class IdxSet
{
    private const string Emnist = "emnist", Qmnist = "qmnist";

    /// <summary>The files of a set, by what they hold.</summary>
    /// <param name="Prefix">Of their names: <c>emnist-letters</c>; empty for MNIST's.</param>
    private sealed record Files(
        string Prefix, string TrainImages, string TrainLabels, string TestImages, string TestLabels);

    /// <summary>Whether a folder has the four files of a set.</summary>
    public static bool IsIn(string folder) => Find(folder).Count > 0;

    /// <summary>Reads the set of a folder. What it is called follows from its content; where that is not known, from
    /// <paramref name="claimed"/>, and else from the folder.</summary>
    /// <param name="claimed">The set that the user names; <c>emnist</c>: whichever of it; null: none.</param>
    /// <exception cref="FileFormatException">A file is damaged, or two do not belong together.</exception>
    /// <exception cref="GpuLstmException">The folder has no such set, or several.</exception>
    public static Dataset Read(string folder, string? claimed, IDataProgress progress)
    {
        Files files = Choose(folder, claimed);
        // Test files on another thread: the training images alone decide how long it takes.
        Task<(ImageSamples Images, IdxArray Labels)> reading =
            Task.Run(() => IdxFile.ReadSamples(files.TestImages, files.TestLabels));
        (ImageSamples train, IdxArray stored) = IdxFile.ReadSamples(files.TrainImages, files.TrainLabels);
        (ImageSamples test, _) = reading.GetAwaiter().GetResult();
        if ((train.TimeSteps, train.InputSize) != (test.TimeSteps, test.InputSize))
            throw new FileFormatException(
                $"{folder} has training images of {train.InputSize}x{train.TimeSteps} pixels "
                + $"but test images of {test.InputSize}x{test.TimeSteps}.");
        ImageSet? set = files.Prefix.Length > 0 ? ImageSet.Find(files.Prefix)
            : ImageSet.Identify(stored, files.TrainLabels, train);
        string? named = set?.Name ?? (claimed is "mnist" ? null : claimed); // MNIST's own content is known
        if (set != null && claimed != null && claimed != set.Name && claimed != Emnist)
            progress.Notice($"{folder} holds {set.Name}, not {claimed}.");
        bool isEmnist = files.Prefix.StartsWith(Emnist, StringComparison.Ordinal);
        IReadOnlyList<string> classes = Mapping(folder, files.Prefix) ?? (set ?? Named(claimed))?.Classes
            ?? Numbered(train, test);
        int first = files.Prefix == "emnist-letters" && !train.Labels.Contains((byte)0) ? 1 : 0;
        train = Checked(train, files.TrainLabels, first, classes.Count, isEmnist);
        test = Checked(test, files.TestLabels, first, classes.Count, isEmnist);
        return new Dataset(named ?? Title(folder), folder, train, test, classes) { Prepare = InkChoice.Of(train) };
    }

    private static ImageSet? Named(string? claimed) => claimed is null ? null : ImageSet.Find(claimed);

    /// <summary>The folder's own name.</summary>
    private static string Title(string folder)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return ImageSet.Title(name);
    }

    private static Files Choose(string folder, string? claimed)
    {
        List<Files> found = Find(folder);
        List<Files> fitting = claimed switch
        {
            null => found,
            Emnist => [.. found.Where(files => files.Prefix.StartsWith(Emnist, StringComparison.Ordinal))],
            Qmnist => [.. found.Where(files => files.Prefix is "" or Qmnist)],
            _ when claimed.StartsWith(Emnist, StringComparison.Ordinal) =>
                [.. found.Where(files => files.Prefix == claimed)],
            _ => [.. found.Where(files => files.Prefix.Length == 0)],
        };
        return fitting.Count switch
        {
            1 => fitting[0],
            0 => throw new GpuLstmException($"{folder} cannot be used as {claimed ?? "a set of images"}: "
                + (Directory.Exists(folder) ? "it has none of the four files" : "there is no such folder") + "."),
            _ => throw new GpuLstmException($"{folder} has several sets: name one, as in "
                + $"{fitting[0].Prefix}:{folder} (it has {string.Join(", ", fitting.Select(f => f.Prefix))})."),
        };
    }

    /// <summary>The sets of which all four files are there.</summary>
    private static List<Files> Find(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        Dictionary<(string Prefix, string Part, string What), string> paths = [];
        foreach (string path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Reverse())
            if (Name().Match(Path.GetFileName(path)) is { Success: true } match)
                paths[(match.Groups["set"].Value, match.Groups["part"].Value == "train" ? "train" : "test",
                    match.Groups["what"].Value)] = path; // the plain file before the gzipped one
        return
        [
            .. from prefix in paths.Keys.Select(key => key.Prefix).Distinct().Order(StringComparer.Ordinal)
               let all = new[] { ("train", "images"), ("train", "labels"), ("test", "images"), ("test", "labels") }
                   .Select(key => paths.GetValueOrDefault((prefix, key.Item1, key.Item2))).ToArray()
               where Array.TrueForAll(all, path => path != null)
               select new Files(prefix, all[0]!, all[1]!, all[2]!, all[3]!),
        ];
    }

    /// <summary>The classes in EMNIST's mapping file: per line the label and the codes of its characters. Null: there
    /// is none.</summary>
    private static string[]? Mapping(string folder, string prefix)
    {
        string path = Path.Combine(folder, $"{prefix}-mapping.txt");
        if (prefix.Length == 0 || !File.Exists(path))
            return null;
        List<string> names = [];
        foreach (string line in DataFile.Read(path, file => new StreamReader(file).ReadToEnd()).Split('\n'))
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                continue;
            names.Add(words.Length > 1 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture,
                out int code) && code is > 32 and < 0xd800 ? $"{(char)code}" : throw new FileFormatException(
                    $"{path} has the line '{line.Trim()}', where a label and the code of a character are expected."));
        }
        return names.Distinct().Count() == names.Count && names.Count > 1 ? [.. names]
            : throw new FileFormatException($"{path} names a character twice, or fewer than two.");
    }

    private static string[] Numbered(ImageSamples train, ImageSamples test) =>
        [.. Enumerable.Range(0, Math.Max(2, 1 + Math.Max(train.Labels.Max(), test.Labels.Max())))
            .Select(label => label.ToString(CultureInfo.InvariantCulture))];

    /// <summary>The samples with labels from 0 and, of EMNIST, rows and columns changed back.</summary>
    private static ImageSamples Checked(ImageSamples samples, string path, int first, int classes, bool isTransposed)
    {
        int wrong = samples.Labels.AsSpan().IndexOfAnyExceptInRange((byte)first, (byte)(first + classes - 1));
        if (wrong >= 0)
            throw new FileFormatException($"{path} has the label {samples.Labels[wrong]} at position {wrong}; "
                + $"{first} to {first + classes - 1} are valid.");
        if (first > 0)
            samples = samples with { Labels = Array.ConvertAll(samples.Labels, label => (byte)(label - first)) };
        return isTransposed ? samples.Transposed() : samples;
    }

    [GeneratedRegex("^((?<set>[a-z]+(-[a-z]+)?)-)?(?<part>train|t10k|test)-(?<what>images|labels)"
        + @"[-.]idx(1-ubyte|3-ubyte|2-int)(\.gz)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
