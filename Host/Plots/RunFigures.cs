using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>All that a run's plots are drawn from.</summary>
/// <param name="History">Null where the run's log is gone.</param>
/// <param name="Pictures">Of the same samples as the predictions.</param>
/// <param name="Gates">Null where no sample was traced.</param>
public sealed record RunData(
    TrainingHistory? History, Predictions Predictions, IReadOnlyList<string> ClassNames, SamplePictures Pictures,
    IReadOnlyList<LayerSummary> Layers, GateTrace? Gates);

/// <summary>A plot and the name of its file, without extension.</summary>
public sealed record NamedPlot(string Name, string Svg);

/// <summary>Every plot of one run, in the order of the report.</summary>
public static class RunFigures
{
    public static IReadOnlyList<NamedPlot> Draw(RunData run)
    {
        List<NamedPlot> plots = [.. DrawCurves(run.History)];
        Predictions predictions = run.Predictions;
        plots.Add(new("confusion", ConfusionPlot.Draw(predictions.Confusion(), run.ClassNames)));
        plots.Add(new("roc", RocPlot.Draw(OneVersusRest.Roc(predictions), run.ClassNames)));
        plots.Add(new("pr", PrecisionRecallPlot.Draw(OneVersusRest.PrecisionRecall(predictions), run.ClassNames)));
        plots.Add(new("calibration", CalibrationPlot.Draw(Calibration.Of(predictions))));
        plots.Add(new("predictions", PredictionsPlot.Draw(predictions, run.Pictures, run.ClassNames)));
        plots.Add(new("mistakes", PredictionsPlot.DrawMistakes(predictions, run.Pictures, run.ClassNames)));
        plots.Add(new("network", NetworkPlot.Draw(run.Layers)));
        if (run.Gates is not null)
            plots.Add(new("gates", GatesPlot.Draw(run.Gates)));
        return plots;
    }

    /// <summary>Loss and accuracy alone; none without a history.</summary>
    public static IReadOnlyList<NamedPlot> DrawCurves(TrainingHistory? history) => history is null
        ? []
        : [new("loss", LossPlot.Draw(history)), new("accuracy", AccuracyPlot.Draw(history))];
}
