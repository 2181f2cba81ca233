using System.Globalization;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;

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
    private const string ProducerKey = "producer", Producer = "gpulstm", MeanKey = "mean", DeviationKey = "deviation",
        TimeStepsKey = "time_steps", ClassesKey = "classes", InputKey = "input", FeaturesKey = "features";

    /// <summary>The input in words.</summary>
    public string Input => Features is { } features
        ? $"[batch, steps, {features.Names.Count}] of float32: the features of each step, each value "
            + "(value - mean) / deviation as the metadata's 'features' have them"
        : string.Create(CultureInfo.InvariantCulture,
        $"[batch, {TimeSteps}, values] of float32: the rows of images, light on dark, "
        + $"each value (pixel / 255 - {Mean}) / {Deviation}");

    public static ModelNotes Of(Model model) =>
        new(model.Recipe.Mean, model.Recipe.Deviation, model.Network.TimeSteps, model.Classes, model.Features);

    public Dictionary<string, string> ToMetadata()
    {
        Dictionary<string, string> metadata = Common();
        if (Features != null)
            metadata[FeaturesKey] = MetadataJson.Write(Features);
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

    /// <summary>The notes of a file that this program exported; null for other files, whatever keys they
    /// have.</summary>
    /// <param name="classes">C of its network.</param>
    /// <exception cref="FileFormatException">They are damaged.</exception>
    public static ModelNotes? Read(TensorArchive file, int classes)
    {
        if (file.Metadata.GetValueOrDefault(ProducerKey)?.StartsWith($"{Producer} ", StringComparison.Ordinal) != true)
            return null;
        ModelNotes notes = new(MetadataJson.Read<float>(file, MeanKey), MetadataJson.Read<float>(file, DeviationKey),
            MetadataJson.Read<int>(file, TimeStepsKey), MetadataJson.Read<string[]>(file, ClassesKey),
            file.Metadata.ContainsKey(FeaturesKey) ? MetadataJson.Read<Features>(file, FeaturesKey) : null);
        bool valid = float.IsFinite(notes.Mean) && notes.Deviation is > 0 and <= float.MaxValue && notes.TimeSteps > 0
            && notes.Classes.Count == classes && notes.Classes.All(c => c != null) && notes.Features?.IsValid != false;
        return valid
            ? notes
            : throw new FileFormatException($"'{file.Source}' has impossible values in its metadata.");
    }
}
