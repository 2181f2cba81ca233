using System.Globalization;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Report;

/// <summary>The report of one run.</summary>
public static class RunReport
{
    private const double Fine = 0.0001;

    /// <param name="title">What was trained on what, with which result.</param>
    /// <param name="summary">How, in a sentence or two.</param>
    /// <param name="run">What the evaluation is drawn from.</param>
    /// <param name="plots">The run's plots, from <see cref="RunFigures"/>; each is placed by its name.</param>
    /// <param name="highlights">Numbers to stand at the top beside accuracy and loss, such as the training
    /// speed.</param>
    /// <param name="settings">What decided the run.</param>
    /// <param name="environment">Where it ran.</param>
    public static ReportPage Create(string title, string summary, RunData run, IReadOnlyList<NamedPlot> plots,
        IReadOnlyList<Fact> highlights, IReadOnlyList<Fact> settings, IReadOnlyList<Fact> environment)
    {
        ConfusionMatrix matrix = run.Predictions.Confusion();
        Fact[] results =
        [
            new("Test accuracy", Ticks.Percent(matrix.Accuracy, Fine)),
            new("Test loss", run.Predictions.Loss().ToString("0.0000", CultureInfo.InvariantCulture)),
            new("Mistakes", $"{Ticks.Label(matrix.Total - matrix.Correct)} of {Ticks.Label(matrix.Total)}"),
        ];
        return new ReportPage(title, summary, [.. results, .. highlights],
        [
            new("Training", Figures("loss", "accuracy", "gradient", "rate")),
            new("Evaluation", [.. Figures("confusion"), Scores(matrix, run.ClassNames), .. Figures("roc", "pr")]),
            new("Samples", Figures("steps", "mistakes", "predictions")),
            new("How it decides", Figures("gates", "network", "calibration")),
            new("Run", [new FactsBlock("Settings", settings), new FactsBlock("Environment", environment)]),
        ]);

        IReadOnlyList<ReportBlock> Figures(params string[] names) =>
            [.. names.SelectMany(name => plots.Where(plot => plot.Name == name)).Select(plot => new FigureBlock(plot))];
    }

    private static TableBlock Scores(ConfusionMatrix matrix, IReadOnlyList<string> names)
    {
        IReadOnlyList<string>[] rows =
        [
            .. Enumerable.Range(0, matrix.Classes).Select(c => Row(names[c], matrix.Score(c))),
            Row("macro", matrix.Macro()),
            Row("micro", matrix.Micro()),
        ];
        return new TableBlock("Scores per class", ["class", "precision", "recall", "F1", "samples"], rows);
    }

    private static IReadOnlyList<string> Row(string name, ClassScore score) =>
    [
        name, Ticks.Percent(score.Precision, Fine), Ticks.Percent(score.Recall, Fine), Ticks.Percent(score.F1, Fine),
        Ticks.Label(score.Support),
    ];
}
