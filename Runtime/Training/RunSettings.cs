using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Files;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training.Forecasts;

namespace GpuLstm.Runtime.Training;

/// <summary>Everything that decides what a run computes, and how it survives: what a checkpoint needs to go on in
/// another process.</summary>
public sealed record RunSettings
{
    internal const string MetadataKey = "settings";

    public required Recipe Recipe { get; init; }
    public required ulong Seed { get; init; }

    /// <summary>The file of the weights that training started from; null: initial weights by the seed.</summary>
    public string? From { get; init; }

    /// <summary>As <c>--data</c> has it.</summary>
    public required string Data { get; init; }

    /// <summary>As <c>--split</c> has it, or the recipe's.</summary>
    public string? Split { get; init; }

    /// <summary>As <c>--limit</c> has it.</summary>
    public int? Limit { get; init; }

    /// <summary>As <c>--validation</c> has it; null: none.</summary>
    public string? Validation { get; init; }

    /// <summary>What was changed on the way, when the run was resumed.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>What is made of the validation samples.</summary>
    public SelectionOptions Selection { get; init; } = new();

    /// <summary>The classes' names, in label order; null in checkpoints of older versions.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>T of the samples; 0 in checkpoints of older versions.</summary>
    public int TimeSteps { get; init; }

    /// <summary>Samples to train on; 0 in checkpoints of older versions.</summary>
    public int TrainSamples { get; init; }

    /// <summary>Samples to test on; 0 in checkpoints of older versions.</summary>
    public int TestSamples { get; init; }

    /// <summary>What results call the data, and where they came from; null in checkpoints of older versions.</summary>
    public string? DataName { get; init; }

    /// <inheritdoc cref="DataName"/>
    public string? DataOrigin { get; init; }

    /// <summary>SHA-256 of the test samples alone; null in checkpoints of older versions.</summary>
    public string? TestSha256 { get; init; }

    /// <summary>Which columns of a table mean what.</summary>
    public TableColumns Columns { get; init; } = new();

    /// <summary>As <c>--missing</c> has it.</summary>
    public string Missing { get; init; } = MissingValues.Forward;

    /// <summary>As <c>--prepare</c> has it, and what became of it; null in checkpoints of older versions.</summary>
    public string? Prepare { get; init; }

    /// <summary>Of sequences, and how they are normalised; null: images.</summary>
    public Features? Features { get; init; }

    /// <summary>Of the numbers that are answered, and how they are normalised; null: classes are answered, or the
    /// features tell.</summary>
    public Features? Targets { get; init; }

    /// <summary>What the network answers.</summary>
    public Head Head { get; init; }

    /// <summary>How a table of one row per time becomes windows; null: the data are no such.</summary>
    public SeriesOptions? Series { get; init; }

    /// <summary>Of forecasts, from validation rows; null: none are made.</summary>
    public ForecastIntervals? Intervals { get; init; }

    /// <summary>What was tried before the transformation of the series was chosen; empty: nothing.</summary>
    public IReadOnlyList<TransformTrial> Trials { get; init; } = [];

    /// <summary>What the data stand in for where the wanted ones could not be had; null: for nothing.</summary>
    public string? StandsInFor { get; init; }

    /// <summary>The data in words that a model keeps.</summary>
    public DataStatement Statement => new()
    {
        Spec = Data, Name = DataName ?? Data, Origin = DataOrigin ?? "", Seed = Seed, Split = Split, Limit = Limit,
        Validation = Validation, Sha256 = DataSha256, TestSha256 = TestSha256,
        Features = Features, Targets = Targets, Series = Series, Columns = Columns, Missing = Missing,
        Prepare = Prepare,
    };

    /// <summary>The settings once the data are loaded.</summary>
    public RunSettings With(Dataset data) => this with
    {
        Data = DataSpec.Parse(Data) switch
        {
            // auto may find others another time, and so may a relative place
            { Place: null } when Directory.Exists(data.Origin) =>
                $"mnist:{Path.GetFullPath(data.Origin)}",
            { Kind: DataKind.Auto } => data.Name,
            var spec => spec.Absolute,
        },
        StandsInFor = Data == "auto" && data.Name == "strokes" ? "MNIST" : StandsInFor,
        DataName = data.Name, DataOrigin = data.Origin, DataSha256 = DataFingerprint.Of(data),
        TestSha256 = DataFingerprint.Of(data.Test, data.Classes), Classes = data.Classes,
        Features = data.Features, Targets = data.Targets, Head = data.Train.Head, Prepare = data.Prepare,
            TimeSteps = data.Train.TimeSteps,
        TrainSamples = data.Train.Count, TestSamples = data.Test.Count,
    };

    /// <summary>SHA-256 of the data that these settings led to; see <see cref="DataFingerprint"/>.</summary>
    public required string DataSha256 { get; init; }

    /// <summary>The accelerator's id.</summary>
    public required string Device { get; init; }

    /// <summary>The accelerator's settings, which decide the bits.</summary>
    public required IReadOnlyDictionary<string, string> DeviceSettings { get; init; }

    public CheckpointOptions Checkpoints { get; init; } = new();

    /// <summary>The settings in a checkpoint's metadata.</summary>
    /// <exception cref="FileFormatException">They are missing, damaged or out of range.</exception>
    public static RunSettings Parse(TensorArchive file)
    {
        var settings = MetadataJson.Read<RunSettings>(file, MetadataKey);
        MetadataJson.Check(file, settings.Recipe);
        return settings.Checkpoints is { Keep: > 0, EverySteps: >= 0 } && settings.Limit is null or > 0
            && settings.DeviceSettings.Values.All(v => v != null)
            ? settings
            : throw new FileFormatException($"'{file.Source}' has impossible settings in its metadata.");
    }
}

/// <summary>When a run saves its state, and what it does when it diverges.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Whether to save after every epoch.</summary>
    public bool EveryEpoch { get; init; } = true;

    /// <summary>Else steps between checkpoints; 0: none but when the run is stopped.</summary>
    public int EverySteps { get; init; }

    /// <summary>Checkpoints kept, the last so many.</summary>
    public int Keep { get; init; } = 3;

    public OnNan OnNan { get; init; } = OnNan.Stop;

    /// <summary>Whether a checkpoint is due after a step, counted from 1.</summary>
    public bool Due(long step, int stepsPerEpoch) =>
        EveryEpoch ? step % stepsPerEpoch == 0 : EverySteps > 0 && step % EverySteps == 0;
}
