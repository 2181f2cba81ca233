using GpuLstm.Host.Plots.Charts;

namespace GpuLstm.Host.Plots;

/// <summary>Training accuracy per step and test accuracy per epoch.</summary>
public static class AccuracyPlot
{
    private const double Fine = 0.0001;
    private const double HighestStart = 0.99;

    public static Figure Draw(TrainingHistory history) =>
        HistoryChart.Draw("Accuracy", Summary(history), history, point => point.Accuracy, _ => YAxis(history));

    /// <summary>From the lowest value after the first tenth of the run: the steep start would press all that matters
    /// into the top.</summary>
    private static Axis YAxis(TrainingHistory history)
    {
        double[] later = [.. history.Steps.Skip(history.Steps.Count / 10).Select(step => step.Accuracy)
            .Concat(history.Tests.Concat(history.Validations).Select(test => test.Accuracy))];
        double lowest = later.Where(double.IsFinite).DefaultIfEmpty(0).Min();
        return Axis.Over("accuracy", [Math.Min(lowest, HighestStart), 1], Unit.Percent);
    }

    private static string Summary(TrainingHistory history)
    {
        HistoryPoint[] tests = [.. history.Tests.Where(test => double.IsFinite(test.Accuracy))];
        if (tests.Length == 0)
            return "Share of training samples recognised; the test set was not evaluated.";
        string end = $"Test accuracy {Ticks.Percent(tests[^1].Accuracy, Fine)} at the end";
        return history.BestTest is { } best && best.Step != tests[^1].Step
            ? $"{end}, {Ticks.Percent(best.Accuracy, Fine)} after epoch {history.BestEpoch}, which the validation "
                + "samples chose."
            : $"{end}.";
    }
}
