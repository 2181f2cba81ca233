using System.CommandLine;
using System.Globalization;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Host;

/// <summary>The options by which a table of one row per time is forecast.</summary>
internal sealed class SeriesArguments
{
    private const string Season = "season";

    private readonly Option<string?> _series = new("--series")
    {
        Description = "Forecast these columns of a table of one row per time; the first two thirds train, or --split.",
        HelpName = "COLUMN,...",
    };

    private readonly Option<string?> _observed = new("--observed")
    {
        Description = "With --series: further columns that are known only up to now; the others are read at the times "
            + "that are forecast too.", HelpName = "COLUMN,...",
    };

    private readonly Option<string?> _group = new("--group")
    {
        Description = "With --series: the column that tells several series apart.", HelpName = "COLUMN",
    };

    private readonly Option<int> _window = new("--window")
    {
        Description = "With --series: rows that a forecast is made from.", DefaultValueFactory = _ => 24,
            HelpName = "N",
    };

    private readonly Option<int> _horizon = new("--horizon")
    {
        Description = "With --series: rows that are forecast at once.", DefaultValueFactory = _ => 12, HelpName = "N",
    };

    private readonly Option<int> _stride = new("--stride")
    {
        Description = "With --series: rows from one window to the next.", DefaultValueFactory = _ => 1, HelpName = "N",
    };

    private readonly Option<int?> _season = new("--season")
    {
        Description = "With --series: rows of a season; else what their times suggest, 12 for months.", HelpName = "N",
    };

    private readonly Option<string> _gaps = new("--gaps")
    {
        Description = "With --series: gaps in time are refused, or kept: rows follow each other all the same.",
        DefaultValueFactory = _ => SeriesOptions.Refuse, HelpName = "REFUSE|KEEP",
    };

    private readonly Option<string> _transform = new("--transform")
    {
        Description = "With --series: auto tries differences, relative windows and logarithms on validation rows; none "
            + "takes values as they are. The next three name one.", DefaultValueFactory = _ => "auto",
        HelpName = "AUTO|NONE",
    };

    private readonly Option<string?> _difference = new("--difference")
    {
        Description = "With --series: learn differences to the row before (1), or a season before.",
        HelpName = "1|N|SEASON",
    };

    private readonly Option<RelativeTo?> _relative = new("--relative")
    {
        Description = "With --series: learn each window in relation to its last value, or its mean.",
        HelpName = "LAST|MEAN",
    };

    private readonly Option<bool> _log = new("--log") { Description = "With --series: learn the logarithm." };

    private IReadOnlyList<Option> All =>
    [
        _series, _observed, _group, _window, _horizon, _stride, _season, _gaps, _transform, _difference, _relative,
            _log,
    ];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
            command.Options.Add(option);
    }

    /// <summary>What the command line says of series; null: nothing.</summary>
    /// <exception cref="UsageException">A value has none of its forms, or goes with --series only.</exception>
    public SeriesOptions? Get(ParseResult parsed)
    {
        if (parsed.GetValue(_series) is not { } columns)
            return All.FirstOrDefault(option => parsed.IsGiven(option)) is { } other
                ? throw new UsageException($"{other.Name} goes with --series COLUMN.") : null;
        return new SeriesOptions
        {
            Columns = Names(columns), Observed = Names(parsed.GetValue(_observed) ?? ""),
            Group = parsed.GetValue(_group), Window = parsed.GetValue(_window), Horizon = parsed.GetValue(_horizon),
            Stride = parsed.GetValue(_stride), Season = parsed.GetValue(_season), Gaps = parsed.GetValue(_gaps)!,
            Transform = Transform(parsed),
        }.Checked();
    }

    /// <summary>The first option of series on the command line; null: none.</summary>
    public Option? Given(ParseResult parsed) => All.FirstOrDefault(option => parsed.IsGiven(option));

    private SeriesTransform? Transform(ParseResult parsed)
    {
        string choice = parsed.GetValue(_transform)!;
        bool isNamed = parsed.IsGiven(_difference) || parsed.IsGiven(_relative) || parsed.GetValue(_log);
        if (choice is not ("auto" or "none"))
            throw new UsageException($"--transform must be auto or none; it is '{choice}'.");
        if (isNamed && parsed.IsGiven(_transform))
            throw new UsageException("--transform auto or none does not go with --difference, --relative or --log.");
        if (!isNamed)
            return choice == "none" ? new() : null;
        int difference = 0;
        if (parsed.GetValue(_difference) is { } text)
            difference = text.Equals(Season, StringComparison.OrdinalIgnoreCase) ? SeriesTransform.Season
                : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) && rows > 0 ? rows
                : throw new UsageException($"--difference must be a number of rows or '{Season}'; it is '{text}'.");
        return new(parsed.GetValue(_log), difference, parsed.GetValue(_relative) ?? RelativeTo.None);
    }

    private static string[] Names(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
