using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Forecasts;

namespace GpuLstm.Host.Plots;

/// <summary>Forecasts over the series that they are of, and their errors beside those of naive ones.</summary>
public static class ForecastPlots
{
    private const int MostPanels = 3;
    private const double PanelHeight = 300, HorizonHeight = 280;
    private const int MostWindows = 5000; // of residuals
    private const int MostRows = 600; // of the test part: more are too narrow to see

    /// <summary>The test rows of the first series with the forecasts that follow each other, and what came before
    /// them.</summary>
    public static Figure Tested(WindowSamples windows, ValueEvaluation evaluation, ForecastIntervals? intervals)
    {
        SeriesData data = windows.Data;
        SeriesGroup group = data.GroupOf(windows.Starts[0]);
        int[] chosen = Following(windows, group);
        int first = windows.Now(chosen[0]), end = windows.Now(chosen[^1]) + windows.Horizon;
        int from = Math.Max(group.First, first - Math.Max(2 * windows.Window, (end - first) / 2));
        Chart[] charts = [.. Enumerable.Range(0, Math.Min(MostPanels, data.Series)).Select(k =>
        {
            Point[] Forecast(Func<double, int, double> value) => [.. chosen.SelectMany(i =>
                Enumerable.Range(0, windows.Horizon).Select(h => new Point(windows.Now(i) + h,
                    value(evaluation.Answer(i, h * data.Series + k), h * data.Series + k))))];
            return Chart(data, k, Rows(data, k, from, end), Forecast((answer, _) => answer), intervals is null ? null
                : (Forecast((answer, number) => intervals.Around(answer, number, windows.Transform).Lower),
                    Forecast((answer, number) => intervals.Around(answer, number, windows.Transform).Upper)),
                        intervals);
        })];
        string of = group.Name.Length == 0 ? "" : $" of {group.Name}";
        string summary = $"The test rows{of} from {data.TimeText(first)} on; each forecast of {windows.Horizon} "
            + $"{(windows.Horizon == 1 ? "row" : "rows")} was made from the {windows.Window} before it."
            + (intervals is null ? "" : " " + ValueTables.Interval(
                intervals, intervals.Covered(evaluation, windows.Transform)));
        return ChartColumn.Draw("Forecasts of the test rows", summary, charts, PanelHeight);
    }

    /// <summary>A forecast of what follows a series, after its last rows.</summary>
    public static Figure Coming(SeriesData data, SeriesGroup group, Forecast forecast, SeriesOptions options,
        ForecastIntervals? intervals)
    {
        int steps = forecast.Times.Count;
        int from = Math.Max(group.First, group.End - Math.Max(2 * options.Window, 2 * steps));
        Chart[] charts = [.. Enumerable.Range(0, Math.Min(MostPanels, data.Series)).Select(k =>
        {
            Point[] Points(double[] values) =>
                [.. Enumerable.Range(0, steps).Select(h => new Point(group.End + h, values[h * data.Series + k]))];
            return Chart(data, k, Rows(data, k, from, group.End), Points(forecast.Values),
                forecast.Lower is { } lower ? (Points(lower), Points(forecast.Upper!)) : null, intervals);
        })];
        string of = group.Name.Length == 0 ? "" : $" of {group.Name}";
        string beyond = steps <= options.Horizon ? "" : $" From step {options.Horizon + 1} on it is made from its own "
            + "forecasts, and the interval is an extrapolation.";
        return ChartColumn.Draw($"Forecast{of}",
            $"{forecast.Times[0]} to {forecast.Times[^1]}.{beyond}", charts, PanelHeight);
    }

    /// <summary>RMSE by step of the horizon; null where it has one step.</summary>
    public static Figure? Horizon(IReadOnlyList<ForecastErrors> forecasts)
    {
        int steps = forecasts[0].Network.Steps.Count;
        if (steps < 2)
            return null;
        Chart[] charts = [.. forecasts.Take(MostPanels).Select(errors =>
        {
            Series[] series = [.. errors.Naive.Prepend(errors.Network).Select((method, i) =>
            {
                (Ink ink, Dash dash) = Palette.Series(i);
                Point[] points = [.. method.Steps.Select((step, h) => new Point(h + 1, step.Rmse))];
                return new LineSeries(method.Method, points, Style.Line(ink, i == 0 ? 2.4 : 1.4, dash))
                {
                    HasMarkers = i == 0,
                };
            })];
            return new Chart(new Axis("step of the forecast", 1, steps), Axis.Over($"RMSE, {errors.Series}",
                series.Cast<LineSeries>().SelectMany(line => line.Points.Select(point => point.Y)).Append(0)), series);
        })];
        return ChartColumn.Draw("Error by horizon", string.Join(" ", forecasts.Take(MostPanels).SelectMany(
            ValueTables.Verdict)), charts, HorizonHeight);
    }

    /// <summary>Errors of each series over all steps, answer minus truth; of very many windows of some all
    /// over.</summary>
    public static IReadOnlyList<(string Name, double[] Errors)> Errors(WindowSamples windows,
        ValueEvaluation evaluation)
    {
        int series = windows.Data.Series, step = Math.Max(1, windows.Count / MostWindows);
        return [.. Enumerable.Range(0, series).Select(k => (windows.Data.Names[k], (double[])
        [
            .. from i in Enumerable.Range(0, (windows.Count + step - 1) / step)
               from h in Enumerable.Range(0, windows.Horizon)
               let number = h * series + k
               select (double)evaluation.Answer(i * step, number) - evaluation.Truth(i * step, number),
        ]))];
    }

    /// <summary>Windows of a group whose forecasts follow each other without overlap.</summary>
    private static int[] Following(WindowSamples windows, SeriesGroup group)
    {
        List<int> chosen = [];
        for (int i = 0; i < windows.Count && windows.Starts[i] < group.End; i++)
            if (chosen.Count == 0 || windows.Now(i) >= windows.Now(chosen[^1]) + windows.Horizon)
                chosen.Add(i);
        return [.. chosen.Take(Math.Max(1, MostRows / windows.Horizon))];
    }

    private static Point[] Rows(SeriesData data, int column, int from, int to) =>
        [.. Enumerable.Range(from, to - from).Select(row => new Point(row, data[row, column]))];

    private static Chart Chart(SeriesData data, int k, Point[] truth, Point[] forecast,
        (Point[] Lower, Point[] Upper)? around, ForecastIntervals? intervals)
    {
        IEnumerable<Point> all = truth.Concat(forecast);
        if (around is var (lower, upper))
            all = all.Concat(lower).Concat(upper);
        SeriesGroup group = data.GroupOf((int)truth[0].X);
        var x = new Axis("time", truth[0].X, Math.Max(truth[^1].X, forecast[^1].X))
        {
            Words = row => data.Axis.Text(data.Axis.At(group.Start, (long)row - group.First)),
        };
        return new Chart(x, Axis.Over(data.Names[k], all.Select(point => point.Y)),
        [
            .. around is null ? Array.Empty<Series>() : [new BandSeries($"{intervals!.Coverage:P0} interval",
                around.Value.Lower, around.Value.Upper, Style.Filled(Ink.Vermilion, 0.2))],
            new LineSeries("series", truth, Style.Line(Ink.Blue, 1.8)),
            new LineSeries("forecast", forecast, Style.Line(Ink.Vermilion, 1.8)) { HasMarkers = forecast.Length <= 60 },
        ]);
    }
}
