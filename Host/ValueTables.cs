using System.Globalization;
using GpuLstm.Runtime.Training.Forecasts;
using GpuLstm.Runtime.Training.Metrics;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>Errors of numbers as tables on the terminal.</summary>
internal static class ValueTables
{
    private const int MostSteps = 12; // more are told apart by the report

    /// <summary>A row for each number that is answered.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<(string Name, ValueErrors Errors)> targets)
    {
        Table table = New("target", "RMSE", "MAE", "R²");
        foreach ((string name, ValueErrors errors) in targets)
            table.AddRow(Markup.Escape(name), Digits(errors.Rmse), Digits(errors.Mae),
                double.IsFinite(errors.R2) ? errors.R2.ToString("F3", CultureInfo.InvariantCulture) : "-");
        terminal.Console.Write(table);
    }

    /// <summary>A row for each way of forecasting, the network's first, and its errors by step; then in plain words
    /// which of them are better than the network.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<ForecastErrors> forecasts, ForecastIntervals? intervals,
        double? covered)
    {
        foreach (ForecastErrors errors in forecasts)
        {
            Table table = New(errors.Series, "RMSE", "MAE", "MASE");
            foreach (MethodErrors method in errors.Naive.Prepend(errors.Network))
                table.AddRow(method.Method, Digits(method.Whole.Rmse), Digits(method.Whole.Mae), Digits(method.Mase));
            terminal.Console.Write(table);
            WriteSteps(terminal, errors);
            foreach (string sentence in Verdict(errors))
                terminal.Line(sentence);
        }
        if (intervals != null && covered is { } share)
            terminal.Line(Interval(intervals, share));
    }

    /// <summary>Where the network loses, or that it does not.</summary>
    public static IEnumerable<string> Verdict(ForecastErrors errors)
    {
        if (errors.LosesTo.Count == 0)
            yield return $"{errors.Series}: the network is better than "
                + $"{string.Join(", ", errors.Naive.Select(naive => naive.Method))}.";
        foreach (MethodErrors naive in errors.LosesTo)
            yield return $"{errors.Series}: the network LOSES to the {naive.Method}, RMSE "
                + $"{Digits(errors.Network.Whole.Rmse)} to {Digits(naive.Whole.Rmse)}: do not use its forecasts.";
        foreach (MethodErrors naive in errors.Naive.Except(errors.LosesTo))
        {
            string[] lost = [.. Enumerable.Range(0, naive.Steps.Count)
                .Where(h => !(errors.Network.Steps[h].Rmse < naive.Steps[h].Rmse)).Select(h => $"{h + 1}")];
            if (lost.Length > 0)
                yield return $"{errors.Series}: at step {string.Join(", ", lost)} the network loses to the "
                    + $"{naive.Method}.";
        }
    }

    /// <summary>What an interval states, and what came of it.</summary>
    public static string Interval(ForecastIntervals intervals, double covered) => string.Create(
        CultureInfo.InvariantCulture,
        $"The {intervals.Coverage:P0} interval, from validation rows, held {covered:P1} of the test values.");

    /// <summary>Up to five digits.</summary>
    public static string Digits(double value) =>
        Math.Abs(value) is >= 1e5 or < 1e-3 and > 0 ? value.ToString("0.###e0", CultureInfo.InvariantCulture)
            : value.ToString("G4", CultureInfo.InvariantCulture);

    private static void WriteSteps(Terminal terminal, ForecastErrors errors)
    {
        int steps = errors.Network.Steps.Count;
        if (steps == 1)
            return;
        Table table = New("RMSE at step", [.. errors.Naive.Select(naive
            => naive.Method).Prepend(errors.Network.Method)]);
        foreach (int h in Enumerable.Range(0, steps).Where(h => steps <= MostSteps || h == 0 || (h
            + 1) % (steps / 6) == 0))
            table.AddRow([$"{h + 1}", .. errors.Naive.Prepend(errors.Network).Select(m => Digits(m.Steps[h].Rmse))]);
        terminal.Console.Write(table);
    }

    private static Table New(string first, params string[] others)
    {
        var table = new Table().NoBorder().AddColumn(Column(first));
        foreach (string title in others)
            table.AddColumn(Column(title).RightAligned());
        return table;
    }

    private static TableColumn Column(string title) =>
        new(new Text(title, new Style(decoration: Decoration.Bold))) { NoWrap = true, Padding = new(0, 0, 2, 0) };
}
