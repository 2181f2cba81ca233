using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Runtime.Training.Forecasts;

namespace GpuLstm.Host.Report;

/// <summary>The report of a run whose answers are numbers.</summary>
internal static class ValueReport
{
    /// <param name="title">What was trained on what, with which result.</param>
    /// <param name="summary">How, in a sentence or two.</param>
    /// <param name="plots">The run's plots, from <see cref="RunFigures"/>; each is placed by its name.</param>
    /// <param name="output">The answers' errors.</param>
    /// <param name="highlights">Numbers to stand at the top beside the errors.</param>
    public static ReportPage Create(string title, string summary, ValueRunData run, IReadOnlyList<NamedPlot> plots,
        EvaluationOutput output, IReadOnlyList<Fact> highlights, IReadOnlyList<Fact> settings,
        IReadOnlyList<Fact> environment)
    {
        string verdict = string.Join(" ", run.Forecasts.SelectMany(ValueTables.Verdict));
        List<Fact> results = [new("Test RMSE", ValueTables.Digits(run.Evaluation.Rmse!.Value))];
        if (run.Forecasts.Count > 0)
            results.Add(new("MASE", string.Join(", ", run.Forecasts.Select(f => ValueTables.Digits(f.Network.Mase)))));
        if (run.Model.Intervals is { } intervals && output.Covered is { } covered)
            results.Add(new($"Within the {Ticks.Percent(intervals.Coverage)} interval", Ticks.Percent(covered, 0.001)));
        return new ReportPage(title, $"{summary} {verdict}".Trim(), [.. results, .. highlights],
        [
            new("Answers", [.. Figures("forecast"), .. Tables(output), .. Figures("horizon", "fit", "residuals")]),
            new("Training", Figures("loss", "gradient", "rate")),
            new("How it decides", Figures("gates", "network")),
            new("Run", [new FactsBlock("Settings", settings), new FactsBlock("Environment", environment)]),
        ]);

        IReadOnlyList<ReportBlock> Figures(params string[] names) =>
            [.. names.SelectMany(name => plots.Where(plot => plot.Name == name)).Select(plot => new FigureBlock(plot))];
    }

    private static IEnumerable<ReportBlock> Tables(EvaluationOutput output)
    {
        if (output.Forecasts.Count == 0)
            yield return new TableBlock("Errors", ["target", "RMSE", "MAE", "R²"], [.. output.Targets.Select(target
                => new[]
            {
                target.Name, ValueTables.Digits(target.Errors.Rmse), ValueTables.Digits(target.Errors.Mae),
                double.IsFinite(target.Errors.R2) ? $"{target.Errors.R2:0.000}" : "-",
            })]);
        foreach (ForecastErrors errors in output.Forecasts)
        {
            MethodErrors[] methods = [errors.Network, .. errors.Naive];
            yield return new TableBlock($"Errors, {errors.Series}", ["forecast", "RMSE", "MAE", "MASE"],
                [.. methods.Select(m => new[]
                {
                    m.Method, ValueTables.Digits(m.Whole.Rmse), ValueTables.Digits(m.Whole.Mae),
                    ValueTables.Digits(m.Mase),
                })]);
            foreach ((string name, Func<MethodErrors, int, double> value) in new (string, Func<MethodErrors, int,
                double>)[]
            {
                ("RMSE", (m, h) => m.Steps[h].Rmse), ("MAE", (m, h) => m.Steps[h].Mae), ("MASE", (m, h) => m.MaseAt(h)),
            })
                yield return new TableBlock($"{name} by step, {errors.Series}", ["step", .. methods.Select(m
                    => m.Method)],
                    [.. Enumerable.Range(0, errors.Network.Steps.Count).Select(h => (IReadOnlyList<string>)
                        [$"{h + 1}", .. methods.Select(m => ValueTables.Digits(value(m, h)))])]);
        }
    }
}
