using System.Text.Json.Nodes;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Report;
using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host;

/// <summary>Draws a run: its plots, and the page that holds them.</summary>
/// <param name="Name">What the page is called.</param>
/// <param name="Result">The content of result.json.</param>
public sealed record RunPages(string Name, Model Model, JsonObject Result, TrainingHistory? History, Samples Test,
    Evaluation Final)
{
    /// <summary>Writes <c>plots/*.svg</c>, the same in other formats, and <c>report.html</c>. Of a model that diverged
    /// only the curves.</summary>
    /// <param name="device">Where the gates of the first test sample are traced.</param>
    /// <param name="report">The page's file.</param>
    /// <param name="formats">Extensions of the other formats.</param>
    /// <exception cref="GpuLstmException">A file cannot be written.</exception>
    public void Write(string root, string report, Engine device, IReadOnlyList<string> formats)
    {
        TrainingHistory? history = History is null ? null : History with { BestEpoch = (int?)Result["best_epoch"] };
        if (!Final.IsFinite)
        {
            WritePlots(root, RunFigures.DrawCurves(history), formats);
            return;
        }
        GateTrace gates = GateTracer.Trace(device, Model, Test.Take(1));
        if (Final is ValueEvaluation values)
        {
            WriteValues(root, report, formats, new(history is null ? null : history with
            {
                LossName = Model.Recipe.Loss switch
                {
                    ValueLossKind.Mse => "mean squared error, normalised",
                    ValueLossKind.Mae => "mean absolute error, normalised",
                    _ => "Huber's loss, normalised",
                },
            }, Model, Test, values, new EvaluationOutput(Model, Test, Final).Forecasts, gates));
            return;
        }
        var classes = (ClassEvaluation)Final;
        var run = new RunData(history, classes.ToPredictions(), Model.Classes, new(Test, Model.Features),
            Model.Network.Summary(), gates)
        {
            Steps = Test is SequenceSamples { StepLabels: not null } steps ? StepAnswers.Of(steps, classes) : null,
        };
        IReadOnlyList<NamedPlot> plots = RunFigures.Draw(run);
        WritePlots(root, plots, formats);
        AtomicFile.WriteText(report, RunReport.Create(
            RunFacts.Title(Model.Recipe, Result, $"{Ticks.Percent(run.Predictions.Confusion().Accuracy, Fine)} of "
                + (run.Steps is null ? $"{RunFacts.Text(Result, "test_samples")} test samples right"
                    : $"{Ticks.Label(classes.Count)} labelled test steps right")),
            RunFacts.Summary(Name, Model.Recipe, Result), run, plots,
            RunFacts.Highlights(Result), RunFacts.Settings(Model.Recipe, Result), RunFacts.Environment(Result)).Html());
    }

    private const double Fine = 0.0001;

    private void WriteValues(string root, string report, IReadOnlyList<string> formats, ValueRunData run)
    {
        IReadOnlyList<NamedPlot> plots = RunFigures.Draw(run);
        WritePlots(root, plots, formats);
        AtomicFile.WriteText(report, ValueReport.Create(
            RunFacts.Title(Model.Recipe, Result, $"test RMSE {ValueTables.Digits(Final.Rmse!.Value)}"),
            RunFacts.Summary(Name, Model.Recipe, Result), run, plots, new EvaluationOutput(Model, Test, Final),
            RunFacts.Highlights(Result), RunFacts.Settings(Model.Recipe, Result), RunFacts.Environment(Result)).Html());
    }

    private static void WritePlots(string root, IReadOnlyList<NamedPlot> plots, IReadOnlyList<string> formats)
    {
        string folder = Path.Combine(root, "plots");
        Directory.CreateDirectory(folder);
        foreach (NamedPlot plot in plots)
            foreach (string extension in formats.Prepend(".svg"))
                PictureFile.Write(Path.Combine(folder, plot.Name + extension), plot.Figure);
    }
}
