using System.Text.Json.Nodes;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Report;
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
        var run = new RunData(history, Final.ToPredictions(),
            Model.Classes, new(Test, Model.Features), Model.Network.Summary(),
            GateTracer.Trace(device, Model, Test.Take(1)));
        IReadOnlyList<NamedPlot> plots = RunFigures.Draw(run);
        WritePlots(root, plots, formats);
        AtomicFile.WriteText(report, RunReport.Create(
            RunFacts.Title(Model.Recipe, Result, run.Predictions.Confusion().Accuracy),
            RunFacts.Summary(Name, Model.Recipe, Result), run, plots,
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
