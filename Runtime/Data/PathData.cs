using GpuLstm.Runtime.Data.Files;

namespace GpuLstm.Runtime.Data;

/// <summary>Reads whatever a user names by its path alone: a file of samples, a pair of such, or a folder.</summary>
internal static class PathData
{
    private const string KerasName = "mnist.npz";

    /// <exception cref="FileFormatException">A file is damaged, or not what it should be.</exception>
    /// <exception cref="GpuLstmException">The path holds no data that are known, or cannot be read.</exception>
    public static Dataset Load(
        string path, DataOptions options, IDataProgress progress, CancellationToken cancel)
    {
        if (File.Exists(path) && ImageFile.HasImageName(path))
            throw new GpuLstmException($"{path} is a single image: --data takes a folder of them, one sub-folder per "
                + "class.");
        if (FilePair.Find(path) is { } files)
            return Load(files, options.Columns, options.Missing, progress);
        if (IdxSet.IsIn(path))
            return IdxSet.Read(path, null, progress);
        if (FilePair.FindIn(path) is { } inside)
            return Load(inside, options.Columns, options.Missing, progress);
        string keras = Path.Combine(path, KerasName);
        if (File.Exists(keras))
            return Load(FilePair.Find(keras)!, options.Columns, options.Missing, progress);
        if (Directory.Exists(path) && Directory.EnumerateDirectories(path).Any())
            return ImageFolder.Load(path, options.Prepare, progress, cancel);
        throw new GpuLstmException($"{path} holds no data that are known: neither IDX files, nor a pair of _TRAIN and "
            + "_TEST files, nor a sub-folder of images per class.");
    }

    /// <summary>Files without labels, or with, of samples to predict.</summary>
    /// <returns>The samples with labels of their own file's classes, or of none.</returns>
    public static DataPart Read(string path, TableColumns columns, string missing, IDataProgress progress)
    {
        (DataPart train, DataPart? test) = SampleFile.Read(path, columns);
        MissingValues.Check(test ?? train, missing, progress);
        return test ?? train;
    }

    private static Dataset Load(FilePair files, TableColumns columns, string missing, IDataProgress progress)
    {
        (DataPart train, DataPart? test) = SampleFile.Read(files.Train, columns);
        if (files.Test is { } path)
            test = SampleFile.Read(path, columns).Train;
        bool hasTargets = train.TargetNames != null;
        LabelColumn[] labels = hasTargets ? []
            : test is null ? [train.RequireLabels()] : [train.RequireLabels(), test.RequireLabels()];
        string[] classes = hasTargets ? [] : ClassNames.Of(labels);
        if (test != null && (test.TargetNames != null != hasTargets || test.IsPerStep != train.IsPerStep))
            throw new FileFormatException($"{train.Path} and {test.Path} have not the same kind of labels.");
        foreach (DataPart part in test is null ? new[] { train } : [train, test])
            MissingValues.Check(part, missing, progress);
        Samples learned = hasTargets ? train.Unlabelled : train.Labelled(classes);
        Samples tested = test is null ? learned.Select([]) : hasTargets ? test.Unlabelled : test.Labelled(classes);
        if (test != null && (learned.GetType() != tested.GetType() || learned.InputSize != tested.InputSize
            || learned is ImageSamples && learned.TimeSteps != tested.TimeSteps))
            throw new FileFormatException($"{train.Path} has {Sizes(learned)}, but {test.Path} has {Sizes(tested)}.");
        bool isMnist = learned is ImageSamples images && ImageSet.IsMnist(images);
        return new Dataset(isMnist ? "mnist" : ImageSet.Title(files.Name), files.Train, learned, tested, classes)
        {
            FeatureNames = train.Features, TargetNames = train.TargetNames,
            Prepare = learned is ImageSamples ink ? InkChoice.Of(ink) : InkChoice.None,
        };
    }

    private static string Sizes(Samples samples) => samples is ImageSamples
        ? $"images of {samples.InputSize}x{samples.TimeSteps}" : $"sequences of {samples.InputSize} features";
}
