using System.Globalization;

namespace GpuLstm.Runtime.Data.Series;

/// <summary>How a table of one row per time becomes windows to forecast from.</summary>
public sealed record SeriesOptions
{
    public const string Refuse = "refuse", Keep = "keep";

    /// <summary>The columns that are forecast.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>Further columns that are known only up to now; the others are known ahead, and read at the times that
    /// are forecast.</summary>
    public IReadOnlyList<string> Observed { get; init; } = [];

    /// <summary>Tells several series in one table apart; null: there is one.</summary>
    public string? Group { get; init; }

    /// <summary>W: rows that a forecast is made from.</summary>
    public int Window { get; init; } = 24;

    /// <summary>H: rows that are forecast at once.</summary>
    public int Horizon { get; init; } = 12;

    /// <summary>Rows from one window to the next.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Rows of a season; null: what the times' spacing suggests.</summary>
    public int? Season { get; init; }

    /// <summary>What becomes of gaps in time: <c>refuse</c>, or <c>keep</c>: the rows follow each other all the
    /// same.</summary>
    public string Gaps { get; init; } = Refuse;

    /// <summary>Null: chosen by validation.</summary>
    public SeriesTransform? Transform { get; init; }

    /// <summary>These options with differences over a season in rows.</summary>
    /// <exception cref="UsageException">No season is known.</exception>
    public SeriesOptions Resolved(SeriesData data)
    {
        if (Transform is not { Difference: SeriesTransform.Season } transform)
            return this;
        int season = Season ?? data.Axis.Season;
        return season > 1 ? this with { Transform = transform with { Difference = season } }
            : throw new UsageException("--difference season needs a season: the rows' times suggest none, so name it "
            + "with "
                + "--season N.");
    }

    /// <summary>These options, when every one is in range.</summary>
    /// <exception cref="UsageException">One is not.</exception>
    public SeriesOptions Checked()
    {
        foreach ((string option, int value, int most) in new[]
        {
            ("--window", Window, 100_000), ("--horizon", Horizon, 10_000), ("--stride", Stride, 1_000_000),
            ("--season", Season ?? 1, 1_000_000),
        })
            if (value < 1 || value > most)
                throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                    $"{option} must be at least 1 and at most {most}; it is {value}."));
        if (Gaps is not (Refuse or Keep))
            throw new UsageException($"'{Gaps}' is no way to treat gaps in time: use {Refuse} or {Keep}.");
        if (Columns.Count == 0 || Columns.Distinct().Count() < Columns.Count)
            throw new UsageException("--series takes different columns, as in --series sales or --series sales,price.");
        if (Transform is { Relative: not RelativeTo.None, Difference: not 0 })
            throw new UsageException("--relative and --difference do not go together: differences have no level.");
        return Transform is null or { Difference: >= SeriesTransform.Season and <= 1_000_000 } ? this
            : throw new UsageException($"--difference must be at least 1; it is {Transform.Difference}.");
    }
}
