using System.CommandLine;
using System.Globalization;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Forecasts;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm forecast</c>: what follows a series.</summary>
public sealed class ForecastCommand
{
    private const int MostSteps = 100_000;
    private const int Few = 40;

    private readonly ModelOptions _model = new();
    private readonly CommonOptions _common = new();
    private readonly PictureOptions _pictures = new();

    private readonly Option<int?> _steps = new("--steps")
    {
        Description = "Rows to forecast; the model's horizon when left out. Beyond it forecasts are made from "
            + "forecasts.",
        HelpName = "N",
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "A table with the model's columns, whose last rows are forecast from; the training's own when "
            + "left "
            + "out.", HelpName = "FILE",
    };

    private readonly Option<string?> _out = new("--out")
    {
        Description = "Write time, forecast and interval per row.", HelpName = "FILE.csv",
    };

    private readonly Option<string?> _plot = new("--plot")
    {
        Description = "Draw the forecast after the series' last rows; of several series the first.",
        HelpName = "FILE.svg|png|pdf",
    };

    public static Command Create() => new ForecastCommand().Build();

    private Command Build()
    {
        var command = new Command("forecast", "Forecasts what follows a series, by a model trained with --series.");
        _model.AddTo(command);
        foreach (Option option in new Option[] { _steps, _data, _out, _plot })
            command.Options.Add(option);
        _pictures.AddTo(command);
        _common.AddDeviceTo(command);
        command.Options.Add(_common.Json);
        command.SetAction((parsed, _) => Task.FromResult(Run(parsed)));
        return HelpWithExamples.WithExamples(command, """
            gpulstm forecast runs/RUN
            gpulstm forecast runs/RUN --steps 36 --plot forecast.svg --out forecast.csv
            gpulstm forecast runs/RUN --data newer.csv --json
            """);
    }

    private int Run(ParseResult parsed)
    {
        string? drawing = parsed.GetValue(_plot);
        if (drawing == null && _pictures.Get(parsed).Count > 0)
            throw new UsageException("--png and --pdf go with --plot FILE.");
        if (drawing != null)
            PictureOptions.Check("--plot", drawing);
        if (parsed.GetValue(_steps) is < 1 or > MostSteps)
            throw new UsageException($"--steps must be at least 1 and at most {MostSteps}; it is "
                + $"{parsed.GetValue(_steps)}.");
        var terminal = new Terminal(parsed.GetValue(_common.Json));
        using Engine device = _common.OpenDevice(parsed);
        NamedModel named = _model.Read(parsed, terminal);
        Model model = named.Model;
        if (model.Series is not { } options)
            throw new GpuLstmException($"'{named.Name}' forecasts no series: train one with --series COLUMN.");
        string path = parsed.GetValue(_data) ?? model.Data?.Spec ?? throw new UsageException(
            $"'{named.Name}' does not say where its series lies: --data FILE does.");
        if (!File.Exists(path))
            throw new GpuLstmException($"There is no table '{path}' to forecast from: --data FILE says where it lies.");
        SeriesData data;
        using (var progress = new DataProgress(terminal))
            data = DatasetLoader.ReadSeries(
                path, model.Data?.Options(path) ?? new() { Series = options }, progress);
        if (!data.Names.SequenceEqual(model.Features!.Names))
            throw new GpuLstmException($"'{named.Name}' reads the columns {string.Join(", ", model.Features.Names)}; "
                + $"{path} has "
                + $"{string.Join(", ", data.Names)}.");
        using ParameterSet parameters = model.Upload(device);
        IReadOnlyList<Forecast> forecasts = new Forecaster(device, model, parameters)
            .Run(data, parsed.GetValue(_steps) ?? options.Horizon);
        if (drawing != null)
            _pictures.Write(parsed, drawing,
                ForecastPlots.Coming(data, data.Groups[0], forecasts[0], options, model.Intervals));
        if (parsed.GetValue(_out) is { } table)
            WriteTable(table, forecasts, options);
        if (parsed.GetValue(_common.Json))
            WriteJson(forecasts, options, model.Intervals);
        else
            Show(terminal, forecasts, options, model.Intervals);
        return CommandLine.Done;
    }

    private static void WriteTable(string path, IReadOnlyList<Forecast> forecasts, SeriesOptions options)
    {
        bool hasGroups = options.Group != null, hasIntervals = forecasts[0].Lower != null;
        CsvFile.Write(path,
            [
                .. hasGroups ? [options.Group!] : Array.Empty<string>(), "time",
                .. options.Columns.SelectMany(c => hasIntervals ? [c, $"{c} low", $"{c} high"] : new[] { c }),
            ],
            forecasts.SelectMany(forecast => forecast.Times.Select((time, step) => (IEnumerable<string>)
            [
                .. hasGroups ? [forecast.Group] : Array.Empty<string>(), time,
                .. Enumerable.Range(step * options.Columns.Count, options.Columns.Count).SelectMany(at => hasIntervals
                    ? [Number(forecast.Values[at]), Number(forecast.Lower![at]), Number(forecast.Upper![at])]
                    : new[] { Number(forecast.Values[at]) }),
            ])));
    }

    private static void WriteJson(IReadOnlyList<Forecast> forecasts, SeriesOptions options,
        ForecastIntervals? intervals) =>
        Terminal.WriteJson(new
        {
            Horizon = options.Horizon, Coverage = intervals?.Coverage,
            Forecasts = forecasts.Select(forecast => new
            {
                Group = forecast.Group.Length == 0 ? null : forecast.Group,
                Rows = forecast.Times.Select((time, step) => new
                {
                    Time = time,
                    Series = options.Columns.Select((name, k) => new
                    {
                        Name = name, Value = forecast.Values[step * options.Columns.Count + k],
                        Low = forecast.Lower?[step * options.Columns.Count + k],
                        High = forecast.Upper?[step * options.Columns.Count + k],
                    }),
                }),
            }),
        });

    private static void Show(
        Terminal terminal, IReadOnlyList<Forecast> forecasts, SeriesOptions options, ForecastIntervals? intervals)
    {
        int steps = forecasts[0].Times.Count, series = options.Columns.Count;
        foreach (Forecast forecast in forecasts)
        {
            if (forecast.Group.Length > 0)
                terminal.Line($"{forecast.Group}:");
            for (int step = 0; step < Math.Min(steps, Few); step++)
                terminal.Line($"{forecast.Times[step]}  " + string.Join("  ", options.Columns.Select((name, k) =>
                    (series == 1 ? "" : $"{name} ") + ValueTables.Digits(forecast.Values[step * series + k])
                    + (forecast.Lower is null ? "" : $" ({ValueTables.Digits(forecast.Lower[step * series + k])} to "
                        + $"{ValueTables.Digits(forecast.Upper![step * series + k])})"))));
            if (steps > Few)
                terminal.Line($"... and {steps - Few} more: --out FILE.csv and --json have all.");
        }
        if (intervals != null)
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"In brackets the interval that is to hold {intervals.Coverage:P0} of the true values, from the "
                + $"errors on validation rows."));
        if (steps > options.Horizon)
            terminal.Line($"From step {options.Horizon + 1} on forecasts are made from forecasts, and intervals are "
                + "widened by the root of the steps, as a random walk's are.");
    }

    private static string Number(double value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
