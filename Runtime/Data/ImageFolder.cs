using System.Globalization;

namespace GpuLstm.Runtime.Data;

/// <summary>Reads images that are sorted into one sub-folder per class, of any size.</summary>
internal static class ImageFolder
{
    private const int Size = 28; // T and I, as MNIST has them
    private const int MaxClasses = 256; // labels are bytes

    /// <summary>Reads all images, scaled to 28x28: a <c>train</c> and a <c>test</c> folder as what they are called;
    /// without them as training data, and the test part is empty, for a split to fill.</summary>
    /// <exception cref="FileFormatException">An image is damaged.</exception>
    /// <exception cref="GpuLstmException">The folder does not hold two or more classes with images, or cannot be
    /// read.</exception>
    public static Dataset Load(string folder, IDataProgress progress, CancellationToken cancel)
    {
        string train = Path.Combine(folder, "train"), test = Path.Combine(folder, "test");
        if (!Directory.Exists(train) || !Directory.Exists(test))
            return LoadPart(folder, progress, cancel);
        Dataset learned = LoadPart(train, progress, cancel), tested = LoadPart(test, progress, cancel);
        string[] all = [.. learned.Classes.Union(tested.Classes)];
        Array.Sort(all, CompareNames);
        return learned.WithClasses(all, folder) with
        {
            Origin = folder, Test = tested.WithClasses(all, folder).Train,
        };
    }

    /// <summary>The images of a folder of class folders, all as training data.</summary>
    private static Dataset LoadPart(string folder, IDataProgress progress, CancellationToken cancel)
    {
        string[] classFolders = List(folder, Directory.GetDirectories);
        if (classFolders.Length is < 2 or > MaxClasses)
            throw new GpuLstmException(
                $"{folder} has {classFolders.Length} sub-folders, where 2 to {MaxClasses} are needed: "
                + "one per class, with its images.");
        Array.Sort(classFolders, CompareNames);

        List<(string Path, byte Label)> images = [];
        int others = 0;
        for (int label = 0; label < classFolders.Length; label++)
        {
            string[] files = List(classFolders[label], Directory.GetFiles);
            string[] named = [.. files.Where(ImageFile.HasImageName).Order(StringComparer.Ordinal)];
            if (named.Length == 0)
                throw new GpuLstmException($"{classFolders[label]} has no {ImageFile.Formats} images.");
            others += files.Length - named.Length;
            images.AddRange(named.Select(path => (path, (byte)label)));
        }
        if (others > 0)
            progress.Notice($"Files in {folder} that are no images are left out: {others}.");
        if (images.Count > Array.MaxLength / (Size * Size))
            throw new GpuLstmException($"{folder} has {images.Count} images, more than fit into one array.");

        string[] classes = [.. classFolders.Select(path => Path.GetFileName(path))];
        Samples none = new([], [], Size, Size);
        return new Dataset("folder", folder, Read(images, cancel), none, classes);
    }

    private static Samples Read(List<(string Path, byte Label)> images, CancellationToken cancel)
    {
        byte[] labels = [.. images.Select(image => image.Label)];
        Samples samples = new(new byte[images.Count * Size * Size], labels, Size, Size);
        ParallelOptions options = new() { CancellationToken = cancel };
        try
        {
            Parallel.For(0, images.Count, options, i =>
            {
                byte[] pixels = ImageFile.ReadGrey(images[i].Path).To(Size, Size).Pixels;
                pixels.CopyTo(samples.Items, i * Size * Size);
            });
        }
        catch (AggregateException e) when (e.InnerException is GpuLstmException first)
        {
            throw first; // one broken image is one sentence
        }
        return samples;
    }

    /// <summary>The visible entries of a folder.</summary>
    private static string[] List(string folder, Func<string, string[]> list)
    {
        try
        {
            return [.. list(folder).Where(path => !Path.GetFileName(path).StartsWith('.'))];
        }
        catch (Exception e) when (DataFile.IsFileError(e))
        {
            throw new GpuLstmException($"{folder} cannot be read: {DataFile.Reason(e)}.", e);
        }
    }

    /// <summary>Names that are numbers come first, by value; the others follow in ordinal order.</summary>
    private static int CompareNames(string left, string right)
    {
        (left, right) = (Path.GetFileName(left), Path.GetFileName(right));
        int byValue = NumberOf(left).CompareTo(NumberOf(right));
        return byValue != 0 ? byValue : string.CompareOrdinal(left, right);
    }

    private static ulong NumberOf(string name) =>
        ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out ulong n) ? n : ulong.MaxValue;
}
