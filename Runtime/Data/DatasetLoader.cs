using System.Globalization;
using GpuLstm.Runtime.Data.Files;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Data.Strokes;

namespace GpuLstm.Runtime.Data;

/// <summary>Turns what the user asked for into a data set in memory.</summary>
public static class DatasetLoader
{
    /// <summary>Loads a data set, looking for MNIST in the usual places.</summary>
    /// <exception cref="UsageException">A setting has none of its valid forms.</exception>
    /// <exception cref="FileFormatException">A file is damaged.</exception>
    /// <exception cref="GpuLstmException">The data cannot be had.</exception>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    public static Dataset Load(DataOptions options, IDataProgress progress, CancellationToken cancel) =>
        Load(options, MnistSources.Default(), progress, cancel);

    /// <summary>Loads a data set, looking for MNIST in the places given.</summary>
    public static Dataset Load(
        DataOptions options, MnistSources sources, IDataProgress progress, CancellationToken cancel)
    {
        DataSpec spec = DataSpec.Parse(options.Spec);
        SplitRatio? ratio = options.Split is { } text ? SplitRatio.Parse(text) : null;
        ValidationShare? validation = options.Validation is { } share ? ValidationShare.Parse(share) : null;
        if (options.Limit < 1)
            throw new UsageException($"The limit of {options.Limit} training samples is out of range: use 1 or more.");

        if (options.Series is { } series)
            return WithFeatures(SeriesTable.Load(spec, options, series, ratio, validation, progress));
        Dataset data = spec switch
        {
            { Kind: DataKind.Folder, Place: { } folder } => ImageFolder.Load(folder, options.Prepare, progress, cancel),
            { Kind: DataKind.Path, Place: { } path } => PathData.Load(path, options, progress, cancel),
            { Kind: DataKind.Idx, Place: { } folder, Set: "mnist" } => MnistFinder.Load(folder, progress),
            { Kind: DataKind.Idx, Place: { } folder } => IdxSet.Read(folder, spec.Set, progress),
            { Kind: DataKind.Idx } => FindMnist(sources, progress, cancel),
            { Kind: DataKind.Auto } => FindAny(options, sources, progress, cancel),
            _ => DrawStrokes(options, cancel),
        };
        cancel.ThrowIfCancellationRequested();
        if (data.Test.Count == 0 && ratio is null)
        {
            if (options.OnlyTest)
                return WithFeatures(data with { Train = data.Test, Test = data.Train });
            ratio = SplitRatio.Default;
        }
        if (ratio is not null)
            data = Divide(data, ratio, options.Seed);
        if (options.Limit is { } limit)
            data = data with { Train = data.Train.Take(limit) };
        if (validation != null && data.Validation.Count > 0)
            throw new UsageException($"{data.Origin} has samples for validation of its own: leave --validation out.");
        return WithFeatures(validation is null ? data : validation.Divide(data, options.Seed));
    }

    /// <summary>Whether a file holds many samples, by its name.</summary>
    public static bool IsSampleFile(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv" or ".ts" or ".npz" or ".txt";

    /// <summary>The samples of a file, and where it has them their classes' names, or those of their steps, null where
    /// there is none.</summary>
    /// <exception cref="GpuLstmException">It cannot be read, or is none.</exception>
    public static (Samples Samples, IReadOnlyList<string?>? Labels, bool IsPerStep) ReadUnsplit(
        string path, DataOptions options, IDataProgress progress)
    {
        DataPart part = PathData.Read(path, options.Columns, options.Missing, progress);
        return (part.Unlabelled, part.Labels?.ToNames(), part.IsPerStep);
    }

    /// <summary>The series of a table, to forecast what follows.</summary>
    /// <exception cref="GpuLstmException">It cannot be read, or is none.</exception>
    public static SeriesData ReadSeries(string path, DataOptions options, IDataProgress progress) =>
        SeriesTable.Read(path, options, options.Series ?? throw new ArgumentException("No series is described.",
            nameof(options)), progress);

    /// <summary>Sequences are normalised by what they are trained on alone.</summary>
    private static Dataset WithFeatures(Dataset data) => data.Train switch
    {
        SequenceSamples train => data with
        {
            Features = Features.Of(train, data.FeatureNames ?? []),
            Targets = train.Targets is { } targets && data.TargetNames is { } names
                ? Features.OfTargets(targets, names) : null,
        },
        WindowSamples { Count: > 0 } train => data with { Features = train.ToFeatures() },
        _ => data,
    };

    private static Dataset FindMnist(MnistSources sources, IDataProgress progress, CancellationToken cancel)
    {
        List<string> tried = [];
        return MnistFinder.TryLoad(sources, progress, tried, cancel) ?? throw new GpuLstmException(
            $"MNIST was not found; tried: {string.Join("; ", tried)}. "
            + "Name a folder with its four files (mnist:DIR), or use the built-in digits (strokes).");
    }

    private static Dataset FindAny(
        DataOptions options, MnistSources sources, IDataProgress progress, CancellationToken cancel)
    {
        List<string> tried = [];
        if (MnistFinder.TryLoad(sources, progress, tried, cancel) is { } mnist)
            return mnist;
        progress.Notice("MNIST was not found, so the built-in digits (strokes) are used instead; "
            + $"tried: {string.Join("; ", tried)}.");
        return DrawStrokes(options, cancel);
    }

    private static Dataset DrawStrokes(DataOptions options, CancellationToken cancel)
    {
        int train = options.Split is null && options.Limit is { } limit
            ? Math.Min(limit, options.StrokesTrain)
            : options.StrokesTrain;
        return StrokesSet.Draw(options.Seed, train, options.StrokesTest, cancel);
    }

    private static Dataset Divide(Dataset data, SplitRatio ratio, ulong seed)
    {
        (Samples train, Samples test) = StratifiedSplit.Divide([data.Train, data.Test], ratio, seed);
        return data with
        {
            Train = train,
            Test = test,
            Origin = string.Create(CultureInfo.InvariantCulture, $"{data.Origin}, split {ratio} by seed {seed}"),
        };
    }
}
