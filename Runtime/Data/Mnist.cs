namespace GpuLstm.Runtime.Data;

/// <summary>One of MNIST's four files; bytes and SHA-256 are those of the decompressed content, since mirrors wrap it
/// in gzip files of their own.</summary>
internal sealed record MnistFile(string Name, int Bytes, string Sha256);

/// <summary>The MNIST database of handwritten digits (LeCun, Cortes and Burges): its four files.</summary>
internal static class Mnist
{
    public static readonly MnistFile TrainImages = new("train-images-idx3-ubyte", 47_040_016,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db");
    private static readonly MnistFile TrainLabels = new("train-labels-idx1-ubyte", 60_008,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5");
    private static readonly MnistFile TestImages = new("t10k-images-idx3-ubyte", 7_840_016,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7");
    private static readonly MnistFile TestLabels = new("t10k-labels-idx1-ubyte", 10_008,
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");

    /// <summary>The small files first: a mirror that does not work shows it soon.</summary>
    public static readonly IReadOnlyList<MnistFile> Files = [TestLabels, TrainLabels, TestImages, TrainImages];

    /// <summary>Why the folder cannot serve, in a few words; null when all four files are there.</summary>
    public static string? WhyNot(string folder)
    {
        if (!Directory.Exists(folder))
            return "there is no such folder";
        string[] missing = [.. Files.Where(file => FindFile(folder, file) is null).Select(file => file.Name)];
        return missing.Length switch
        {
            0 => null,
            4 => "it has none of the four files",
            _ => $"it lacks {string.Join(", ", missing)}",
        };
    }

    /// <summary>The file under one of the names that it goes by, or null.</summary>
    public static string? FindFile(string folder, MnistFile file)
    {
        string dotted = file.Name.Replace("-idx", ".idx", StringComparison.Ordinal); // as some archives name it
        string[] names = [file.Name, file.Name + ".gz", dotted, dotted + ".gz"];
        return names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
