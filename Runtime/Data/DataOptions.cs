using GpuLstm.Runtime.Data.Files;
using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Runtime.Data;

/// <summary>What to train and test on.</summary>
public sealed record DataOptions
{
    /// <summary>As <see cref="DataSpec.Parse"/> takes it.</summary>
    public string Spec { get; init; } = "auto";

    /// <summary>Decides the strokes that are drawn and the order and membership of a split.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Training to test, such as <c>8:2</c>, of all samples pooled; null keeps the set's own division
    /// (folders have none: theirs is then <see cref="SplitRatio.Default"/>).</summary>
    public string? Split { get; init; }

    /// <summary>The first so many training samples only, counted after the split; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>How many of the training samples are for validation: <c>10%</c> or a number; null for none.</summary>
    public string? Validation { get; init; }

    /// <summary>Whether a folder without a test part is one: all its images are for testing, none for
    /// training.</summary>
    public bool OnlyTest { get; init; }

    /// <summary>Which columns of a table mean what.</summary>
    public TableColumns Columns { get; init; } = new();

    /// <summary>What becomes of missing values of sequences: <c>forward</c> or <c>refuse</c>.</summary>
    public string Missing { get; init; } = MissingValues.Forward;

    /// <summary>How a table of one row per time becomes windows; null: the data are no such.</summary>
    public SeriesOptions? Series { get; init; }

    /// <summary>How the images of a folder are prepared: <c>auto</c>, <c>ink</c> or <c>none</c>.</summary>
    public string Prepare { get; init; } = InkChoice.Auto;

    public int StrokesTrain { get; init; } = 60_000;
    public int StrokesTest { get; init; } = 10_000;
}

/// <summary>What loading tells while it works. Calls come from the loading thread, one at a time.</summary>
public interface IDataProgress
{
    /// <summary>Something that the user should see: one sentence.</summary>
    void Notice(string message);

    /// <summary>A download moved on; the total is null when the server does not say.</summary>
    void Download(string file, long bytesDone, long? bytesTotal);
}
