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
public sealed record NamedPlot(string Name, Figure Figure);

/// <summary>Every plot of one run, in the order of the report.</summary>
public static class RunFigures
{
    private static readonly (string Name, Func<TrainingHistory, Figure?> Draw)[] _curves =
    [
        ("loss", LossPlot.Draw), ("accuracy", AccuracyPlot.Draw), ("gradient", StepPlots.GradientNorm),
        ("rate", StepPlots.LearningRate),
    ];

    private static readonly (string Name, Func<RunData, Figure?> Draw)[] _others =
    [
        ("confusion", run => ConfusionPlot.Draw(run.Predictions.Confusion(), run.ClassNames)),
        ("roc", run => RocPlot.Draw(OneVersusRest.Roc(run.Predictions), run.ClassNames)),
        ("pr", run => PrecisionRecallPlot.Draw(OneVersusRest.PrecisionRecall(run.Predictions), run.ClassNames)),
        ("calibration", run => CalibrationPlot.Draw(Calibration.Of(run.Predictions))),
        ("predictions", run => PredictionsPlot.Draw(run.Predictions, run.Pictures, run.ClassNames)),
        ("mistakes", run => PredictionsPlot.DrawMistakes(run.Predictions, run.Pictures, run.ClassNames)),
        ("network", run => NetworkPlot.Draw(run.Layers)),
        ("gates", run => run.Gates is null ? null : GatesPlot.Draw(run.Gates)),
    ];

    /// <summary>The names of all plots that a run may have.</summary>
    public static IEnumerable<string> Names => [.. _curves.Select(p => p.Name), .. _others.Select(p => p.Name)];

    public static IReadOnlyList<NamedPlot> Draw(RunData run) =>
    [
        .. DrawCurves(run.History),
        .. from plot in _others
           let figure = plot.Draw(run)
           where figure != null
           select new NamedPlot(plot.Name, figure),
    ];

    /// <summary>The curves over the steps alone; none without a history.</summary>
    public static IReadOnlyList<NamedPlot> DrawCurves(TrainingHistory? history) => history is null
        ? []
        :
        [
            .. from plot in _curves
               let figure = plot.Draw(history)
               where figure != null
               select new NamedPlot(plot.Name, figure),
        ];
}
