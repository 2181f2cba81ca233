using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Forecasts;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>All that a run's plots are drawn from.</summary>
/// <param name="History">Null where the run's log is gone.</param>
/// <param name="Pictures">Of the same samples as the predictions.</param>
/// <param name="Gates">Null where no sample was traced.</param>
public sealed record RunData(
    TrainingHistory? History, Predictions Predictions, IReadOnlyList<string> ClassNames, SamplePictures Pictures,
    IReadOnlyList<LayerSummary> Layers, GateTrace? Gates)
{
    /// <summary>The first sequences with a class at every step; null: the predictions are of samples.</summary>
    public IReadOnlyList<ClassifiedSteps>? Steps { get; init; }
}

/// <summary>The same of a run whose answers are numbers.</summary>
public sealed record ValueRunData(TrainingHistory? History, Model Model, Samples Samples, ValueEvaluation Evaluation,
    IReadOnlyList<ForecastErrors> Forecasts, GateTrace? Gates);

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
        ("steps", run => run.Steps is null ? null : StepClassesPlot.Draw(run.Steps, run.ClassNames)),
        ("predictions", run => run.Steps != null ? null : PredictionsPlot.Draw(run.Predictions, run.Pictures,
            run.ClassNames)),
        ("mistakes", run => run.Steps != null ? null : PredictionsPlot.DrawMistakes(run.Predictions, run.Pictures,
            run.ClassNames)),
        ("network", run => NetworkPlot.Draw(run.Layers)),
        ("gates", run => run.Gates is null ? null : GatesPlot.Draw(run.Gates)),
    ];

    private static readonly (string Name, Func<ValueRunData, Figure?> Draw)[] _ofValues =
    [
        ("forecast", run => run.Samples is WindowSamples windows
            ? ForecastPlots.Tested(windows, run.Evaluation, run.Model.Intervals) : null),
        ("horizon", run => run.Forecasts.Count == 0 ? null : ForecastPlots.Horizon(run.Forecasts)),
        ("fit", run => run.Forecasts.Count > 0 ? null : ValuePlots.Fit(run.Evaluation, run.Model.OutputNames)),
        ("residuals", run => ValuePlots.Residuals(run.Samples is WindowSamples windows
            ? ForecastPlots.Errors(windows, run.Evaluation) : ErrorsOf(run))),
        ("network", run => NetworkPlot.Draw(run.Model.Network.Summary())),
        ("gates", run => run.Gates is null ? null : GatesPlot.Draw(run.Gates)),
    ];

    /// <summary>The names of all plots that a run may have.</summary>
    public static IEnumerable<string> Names => new[]
    {
        _curves.Select(p => p.Name), _others.Select(p => p.Name), _ofValues.Select(p => p.Name),
    }.SelectMany(names => names).Distinct();

    /// <inheritdoc cref="Draw(RunData)"/>
    public static IReadOnlyList<NamedPlot> Draw(ValueRunData run) =>
    [
        .. DrawCurves(run.History).Where(plot => plot.Name != "accuracy"),
        .. from plot in _ofValues
           let figure = plot.Draw(run)
           where figure != null
           select new NamedPlot(plot.Name, figure),
    ];

    private static IReadOnlyList<(string Name, double[] Errors)> ErrorsOf(ValueRunData run) =>
    [
        .. run.Model.OutputNames.Select((name, k) => (name, Enumerable.Range(0, run.Evaluation.Count)
            .Select(i => (double)run.Evaluation.Answer(i, k) - run.Evaluation.Truth(i, k)).ToArray())),
    ];

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
