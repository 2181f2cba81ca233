using System.Globalization;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Forecasts;

namespace GpuLstm.Host;

/// <summary>What precedes the training of a forecast: the choice of a transformation, and the errors from which its
/// intervals are made.</summary>
internal static class SeriesRun
{
    /// <summary>The settings with what was chosen, and the data with windows of that.</summary>
    /// <param name="from">A model that training starts from, whose choice stands; null: none.</param>
    public static (RunSettings Settings, Dataset Data) Prepare(Engine device, RunSettings settings, Dataset data,
        Model? from, Terminal terminal, CancellationToken cancel)
    {
        SeriesOptions options = settings.Series!;
        if (from?.Series is { } before)
            options = options with { Transform = before.Transform };
        SeriesParts parts = SeriesParts.Of(settings.Split, settings.Validation);
        SeriesData series = ((WindowSamples)data.Train).Data;
        TellSeries(options, series, terminal);
        bool isOpen = options.Transform is null;
        if (isOpen)
            terminal.Line("Transformations tried on validation rows, which the last of the training rows are:");
        TransformChoice choice = TransformChoice.Make(device, settings.Recipe, data, options, parts,
            isOpen ? text => terminal.Line($"  {text}") : _ => { }, cancel);
        if (isOpen)
            terminal.Line($"Chosen: {choice.Chosen}.");
        options = options with { Transform = choice.Chosen };
        return (settings with
        {
            Series = options, Split = parts.Ratio.ToString(), Intervals = choice.Intervals,
            Trials = isOpen ? choice.Trials : [],
        }, parts.Apply(data, options, settings.Limit));
    }

    private static void TellSeries(SeriesOptions options, SeriesData series, Terminal terminal)
    {
        int season = options.Season ?? series.Axis.Season;
        string rows = string.Create(CultureInfo.InvariantCulture, $"{series.Groups.Sum(group => group.Count):N0} rows")
            + (series.Groups.Count > 1 ? $" of {series.Groups.Count} series" : "");
        terminal.Line($"{rows}, one for each {series.Axis.Words}, from {series.TimeText(series.Groups[0].First)} to "
            + $"{series.TimeText(series.Groups[^1].End - 1)}; " + (season > 1 ? $"a season of {season}; "
            : "no season known; ")
            + $"{options.Window} rows are read to forecast {options.Horizon}.");
        string[] ahead = [.. series.Names.Where((_, i) => series.KnownAhead[i])];
        if (ahead.Length > 0)
            terminal.Notice($"{string.Join(", ", ahead)} {(ahead.Length == 1 ? "is" : "are")} read at the times that "
                + $"are "
                + "forecast too, and must be known ahead; --observed says which columns are not.");
    }
}
