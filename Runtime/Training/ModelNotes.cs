using System.Globalization;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training.Forecasts;

namespace GpuLstm.Runtime.Training;

/// <summary>What weights alone do not tell: how inputs are normalised, how many steps they have, what the classes are
/// called. As texts by key they travel in every format that has metadata.</summary>
/// <param name="Mean">Subtracted from pixels in 0..1.</param>
/// <param name="Deviation">Divides what is left.</param>
/// <param name="TimeSteps">T.</param>
/// <param name="Classes">In the order of the outputs.</param>
/// <param name="Features">Of sequences, in place of the two; null: it reads images.</param>
internal sealed record ModelNotes(
    float Mean, float Deviation, int TimeSteps, IReadOnlyList<string> Classes, Features? Features = null)
{
    /// <summary>What the network answers.</summary>
    public Head Head { get; init; }

    /// <summary>Of the numbers that it answers; null: it answers classes, or forecasts.</summary>
    public Features? Targets { get; init; }

    /// <summary>How series become its windows; null: it reads something else.</summary>
    public SeriesOptions? Series { get; init; }

    /// <summary>Of its forecasts; null: none are known.</summary>
    public ForecastIntervals? Intervals { get; init; }

    private const string ProducerKey = "producer", Producer = "gpulstm", MeanKey = "mean", DeviationKey = "deviation",
        TimeStepsKey = "time_steps", ClassesKey = "classes", InputKey = "input", FeaturesKey = "features",
            HeadKey = "head",
        TargetsKey = "targets", SeriesKey = "series", IntervalsKey = "intervals";

    /// <summary>The input in words.</summary>
    public string Input => Features is { } features
        ? Series is { } series
            ? $"[batch, {TimeSteps}, {features.Names.Count}] of float32: rows of the series, as {series.Transform}, "
            + $"each "
                + "value (value - mean) / deviation as the metadata's 'features' have them"
            : $"[batch, steps, {features.Names.Count}] of float32: the features of each step, each value "
            + "(value - mean) / deviation as the metadata's 'features' have them"
        : string.Create(CultureInfo.InvariantCulture,
        $"[batch, {TimeSteps}, values] of float32: the rows of images, light on dark, "
        + $"each value (pixel / 255 - {Mean}) / {Deviation}");

    public static ModelNotes Of(Model model) =>
        new(model.Recipe.Mean, model.Recipe.Deviation, model.Network.TimeSteps, model.Classes, model.Features)
        {
            Head = model.Network.Head, Targets = model.Targets, Series = model.Series, Intervals = model.Intervals,
        };

    public Dictionary<string, string> ToMetadata()
    {
        Dictionary<string, string> metadata = Common();
        if (Features != null)
            metadata[FeaturesKey] = MetadataJson.Write(Features);
        if (Head != Head.Class)
            metadata[HeadKey] = MetadataJson.Write(Head);
        if (Targets != null)
            metadata[TargetsKey] = MetadataJson.Write(Targets);
        if (Series != null)
            metadata[SeriesKey] = MetadataJson.Write(Series);
        if (Intervals != null)
            metadata[IntervalsKey] = MetadataJson.Write(Intervals);
        return metadata;
    }

    private Dictionary<string, string> Common() => new()
    {
        [ProducerKey] = $"{Producer} {typeof(ModelNotes).Assembly.GetName().Version!.ToString(3)}",
        [InputKey] = Input,
        [MeanKey] = MetadataJson.Write(Mean),
        [DeviationKey] = MetadataJson.Write(Deviation),
        [TimeStepsKey] = MetadataJson.Write(TimeSteps),
        [ClassesKey] = MetadataJson.Write(Classes),
    };

    /// <summary>Whether this program exported the file.</summary>
    public static bool AreIn(TensorArchive file) =>
        file.Metadata.GetValueOrDefault(ProducerKey)?.StartsWith($"{Producer} ", StringComparison.Ordinal) == true;

    /// <summary>The notes of a file that this program exported; null for other files, whatever keys they
    /// have.</summary>
    /// <param name="classes">Outputs of its network.</param>
    /// <exception cref="FileFormatException">They are damaged.</exception>
    public static ModelNotes? Read(TensorArchive file, int classes)
    {
        if (!AreIn(file))
            return null;
        ModelNotes notes = new(MetadataJson.Read<float>(file, MeanKey), MetadataJson.Read<float>(file, DeviationKey),
            MetadataJson.Read<int>(file, TimeStepsKey), MetadataJson.Read<string[]>(file, ClassesKey),
            Optional<Features>(file, FeaturesKey))
        {
            Head = file.Metadata.ContainsKey(HeadKey) ? MetadataJson.Read<Head>(file, HeadKey) : Head.Class,
            Targets = Optional<Features>(file, TargetsKey), Series = Optional<SeriesOptions>(file, SeriesKey),
            Intervals = Optional<ForecastIntervals>(file, IntervalsKey),
        };
        bool valid = float.IsFinite(notes.Mean) && notes.Deviation is > 0 and <= float.MaxValue && notes.TimeSteps > 0
            && (notes.Head == Head.Values || notes.Classes.Count == classes) && notes.Classes.All(c => c != null)
            && notes.Features?.IsValid != false && notes.Targets?.IsValid != false
            && notes.Intervals?.IsValid(classes) != false;
        return valid
            ? notes
            : throw new FileFormatException($"'{file.Source}' has impossible values in its metadata.");
    }

    private static T? Optional<T>(TensorArchive file, string key) where T : class =>
        file.Metadata.ContainsKey(key) ? MetadataJson.Read<T>(file, key) : null;
}
