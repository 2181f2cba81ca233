using GpuLstm.Runtime.Data.Files;

namespace GpuLstm.Runtime.Data;

/// <summary>Reads images that are sorted into one sub-folder per class, of any size and format.</summary>
internal static class ImageFolder
{
    private const int Size = 28; // T and I, as MNIST has them
    private static readonly string[] s_train = ["train"], s_test = ["test"], s_validation = ["val", "validation"];
    private static readonly string[] s_system = ["Thumbs.db", "desktop.ini", "__MACOSX"];

    /// <summary>An image's file and its class.</summary>
    private readonly record struct ClassFile(string Path, string Class);

    /// <summary>Reads all images, scaled to 28x28: a <c>train</c>, a <c>test</c> and a <c>val</c> or <c>validation</c>
    /// folder as what they are called; without the first two as training data, and the test part is empty, for a split
    /// to fill.</summary>
    /// <param name="prepare"><c>auto</c>, <c>ink</c> or <c>none</c>.</param>
    /// <exception cref="FileFormatException">An image is damaged.</exception>
    /// <exception cref="GpuLstmException">The folder does not hold two or more classes with images, or cannot be
    /// read.</exception>
    public static Dataset Load(string folder, string prepare, IDataProgress progress, CancellationToken cancel)
    {
        string[] folders = List(folder, Directory.GetDirectories);
        string? Part(string[] names) => folders.FirstOrDefault(path =>
            names.Contains(Path.GetFileName(path), StringComparer.OrdinalIgnoreCase));
        bool hasParts = Part(s_train) != null && Part(s_test) != null;
        SortedSet<string> classes = new(Comparer<string>.Create(ClassNames.Compare));
        List<ClassFile> Files(string? part) => part is null ? [] : Images(part, classes, progress);

        List<ClassFile> train = Files(hasParts ? Part(s_train) : folder);
        List<ClassFile> test = hasParts ? Files(Part(s_test)) : [];
        List<ClassFile> validation = hasParts ? Files(Part(s_validation)) : [];
        if (classes.Count is < 2 or > Samples.MostClasses)
            throw new GpuLstmException(
                $"{folder} has {classes.Count} sub-folders, where 2 to {Samples.MostClasses} are needed: "
                + "one per class, with its images.");
        HashSet<string> seen = [.. train.Concat(test).Concat(validation).Select(file => file.Class)];
        if (classes.FirstOrDefault(name => !seen.Contains(name)) is { } empty)
            throw new GpuLstmException($"{Path.Combine(folder, empty)} has no {ImageFile.Formats} images.");
        if (hasParts && (train.Count == 0 || test.Count == 0))
            throw new GpuLstmException(
                $"{(train.Count == 0 ? Part(s_train) : Part(s_test))} has no {ImageFile.Formats} images.");

        InkChoice choice = InkChoice.Of(prepare, folder, [.. train.Select(file => file.Path)], progress, cancel);
        string[] names = [.. classes];
        Samples Read(List<ClassFile> files) => ImageFolder.Read(files, names, choice, progress, cancel);
        return new Dataset("folder", folder, Read(train), Read(test), names)
        {
            Validation = Read(validation), Prepare = choice.Name,
        };
    }

    /// <summary>The images of a folder of class folders, by class and name. Adds the classes.</summary>
    private static List<ClassFile> Images(string folder, SortedSet<string> classes, IDataProgress progress)
    {
        List<ClassFile> images = [];
        int others = 0;
        foreach (string path in List(folder, Directory.GetDirectories))
        {
            string name = Path.GetFileName(path);
            classes.Add(name);
            string[] files = List(path, Directory.GetFiles);
            string[] named = [.. files.Where(ImageFile.HasImageName).Order(StringComparer.Ordinal)];
            others += files.Length - named.Length;
            images.AddRange(named.Select(file => new ClassFile(file, name)));
        }
        if (others > 0)
            progress.Notice($"Files in {folder} that are no images are left out: {others}.");
        if (images.Count > Array.MaxLength / (Size * Size))
            throw new GpuLstmException($"{folder} has {images.Count} images, more than fit into one array.");
        return [.. images.OrderBy(image => image.Class, Comparer<string>.Create(ClassNames.Compare))];
    }

    private static ImageSamples Read(
        List<ClassFile> images, string[] classes, InkChoice choice, IDataProgress progress, CancellationToken cancel)
    {
        byte[] labels = [.. images.Select(image => (byte)ClassMatch.IndexOf(classes, image.Class))];
        ImageSamples samples = new(new byte[images.Count * Size * Size], labels, Size, Size);
        ParallelOptions options = new() { CancellationToken = cancel };
        int blank = 0;
        try
        {
            Parallel.For(0, images.Count, options, i =>
            {
                if (choice.Read(images[i].Path)?.To(Size, Size).Pixels is { } pixels)
                    pixels.CopyTo(samples.Items, i * Size * Size);
                else
                    Interlocked.Increment(ref blank);
            });
        }
        catch (AggregateException e) when (e.InnerException is GpuLstmException first)
        {
            throw first; // one broken image is one sentence
        }
        if (blank > 0)
            progress.Notice($"Images that show no ink are read as blank: {blank}.");
        return samples;
    }

    /// <summary>The visible entries of a folder, but for those that systems put there.</summary>
    private static string[] List(string folder, Func<string, string[]> list)
    {
        try
        {
            return [.. list(folder).Where(path => !Path.GetFileName(path).StartsWith('.')
                && !s_system.Contains(Path.GetFileName(path), StringComparer.OrdinalIgnoreCase))];
        }
        catch (Exception e) when (DataFile.IsFileError(e))
        {
            throw new GpuLstmException($"{folder} cannot be read: {DataFile.Reason(e)}.", e);
        }
    }
}
