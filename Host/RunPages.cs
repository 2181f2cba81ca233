using System.Text.Json.Nodes;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Drawing;
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
    private const int PngScale = 2; // sharp on dense displays and on paper
    private const int PngWidth = PngScale * (int)Figure.StandardWidth;

    /// <summary>Refuses early what <see cref="WritePng"/> would refuse in the end.</summary>
    /// <exception cref="GpuLstmException">PNG files are wanted, and this system cannot make them.</exception>
    public static void CheckPng(bool wanted)
    {
        if (wanted && !PngConversion.IsAvailable(out string advice))
            throw new GpuLstmException(advice);
    }

    /// <summary>Writes <c>plots/*.svg</c>, on demand <c>plots/*.png</c>, and <c>report.html</c>. Of a model that
    /// diverged only the curves of loss and accuracy.</summary>
    /// <param name="device">Where the gates of the first test sample are traced.</param>
    /// <param name="report">The page's file.</param>
    /// <exception cref="GpuLstmException">A file cannot be written.</exception>
    public void Write(string root, string report, Engine device, bool png)
    {
        if (!Final.IsFinite)
        {
            WritePlots(root, RunFigures.DrawCurves(History), png);
            return;
        }
        var run = new RunData(History, new Predictions(Final.Labels, Final.Probabilities, Model.Network.Classes),
            Model.Classes, new(Test.Items, Test.TimeSteps, Test.InputSize), Model.Network.Summary(),
            GateTracer.Trace(device, Model, Test[0]));
        IReadOnlyList<NamedPlot> plots = RunFigures.Draw(run);
        WritePlots(root, plots, png);
        AtomicFile.WriteText(report, RunReport.Create(Name, RunFacts.Summary(Model.Recipe, Result), run, plots,
            RunFacts.Highlights(Result), RunFacts.Settings(Model.Recipe, Result), RunFacts.Environment(Result)).Html());
    }

    private static void WritePlots(string root, IReadOnlyList<NamedPlot> plots, bool png)
    {
        string folder = Path.Combine(root, "plots");
        Directory.CreateDirectory(folder);
        foreach (NamedPlot plot in plots)
        {
            string path = Path.Combine(folder, $"{plot.Name}.svg");
            AtomicFile.WriteText(path, plot.Svg);
            if (png)
                WritePng(path, plot.Svg);
        }
    }

    /// <summary>Writes a picture as PNG beside its SVG file.</summary>
    public static void WritePng(string svgPath, string svg)
    {
        byte[] png = PngConversion.Convert(svg, PngWidth);
        AtomicFile.Write(Path.ChangeExtension(svgPath, ".png"), stream => stream.Write(png));
    }
}
