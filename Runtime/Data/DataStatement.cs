using System.Text.Json.Serialization;
using GpuLstm.Runtime.Data.Files;
using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Runtime.Data;

/// <summary>What a model was trained and tested on, so that it is tested on the same samples wherever the command is
/// run.</summary>
public sealed record DataStatement
{
    /// <summary>As <c>--data</c> has it, with the folder's absolute path.</summary>
    public required string Spec { get; init; }

    /// <summary>What results call it.</summary>
    public required string Name { get; init; }

    /// <summary>Where it came from, for people.</summary>
    public string Origin { get; init; } = "";

    /// <summary>Decides drawn data, a split's membership, and which samples are for validation.</summary>
    public required ulong Seed { get; init; }

    public string? Split { get; init; }

    public int? Limit { get; init; }

    /// <summary>Which columns of a table mean what.</summary>
    public TableColumns Columns { get; init; } = new();

    /// <summary>As <c>--missing</c> has it.</summary>
    public string Missing { get; init; } = MissingValues.Forward;

    /// <summary>See <see cref="Dataset.Prepare"/>; null in statements of older files.</summary>
    public string? Prepare { get; init; }

    /// <summary>Of sequences, and how they are normalised; null: images.</summary>
    public Features? Features { get; init; }

    /// <summary>Of the numbers that are answered, and how they are normalised; null: classes are answered, or the
    /// features tell.</summary>
    public Features? Targets { get; init; }

    /// <summary>How a table of one row per time becomes windows; null: the data are no such.</summary>
    public SeriesOptions? Series { get; init; }

    /// <summary>As <c>--validation</c> has it.</summary>
    public string? Validation { get; init; }

    /// <summary>SHA-256 of the training and test samples; see <c>DataFingerprint</c>.</summary>
    public required string Sha256 { get; init; }

    /// <summary>SHA-256 of the test samples alone; null in statements of older files.</summary>
    public string? TestSha256 { get; init; }

    /// <summary>Of series: which rows train, validate and test.</summary>
    [JsonIgnore]
    public SeriesParts Parts => SeriesParts.Of(Split, Validation);

    /// <summary>The same data, read as another statement says: result.json tells only what people look for.</summary>
    public DataStatement ReadAs(DataStatement? model) => model is null ? this : this with
    {
        Columns = model.Columns, Missing = model.Missing, Prepare = model.Prepare, Features = model.Features,
        Targets = model.Targets, Series = model.Series,
    };

    /// <summary>How the loader gets them again.</summary>
    /// <param name="spec">Where they lie now; null: where they lay then.</param>
    public DataOptions Options(string? spec = null) => new()
    {
        Spec = spec ?? Spec, Seed = Seed, Split = Split, Limit = Limit, Validation = Validation,
        Columns = Columns, Missing = Missing, Prepare = Prepare ?? InkChoice.None,
        Series = Series,
    };
}
