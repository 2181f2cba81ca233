using GpuLstm.Host.Plots.Charts;

namespace GpuLstm.Host.Plots;

/// <summary>Training loss per step and test loss per epoch. Logarithmic where the loss fell to less than a fifth, so
/// that late progress can be seen too.</summary>
public static class LossPlot
{
    internal const double LogarithmicFrom = 5;

    public static Figure Draw(TrainingHistory history) =>
        HistoryChart.Draw(
            "Loss", Summary(history), history, point => point.Loss, values => YAxis(values, history.LossName));

    private static Axis YAxis(IEnumerable<double> values, string name)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        bool isWide = finite.Length > 0 && finite.Min() > 0 && finite.Max() / finite.Min() > LogarithmicFrom;
        return Axis.Over(isWide ? $"{name} (logarithmic)" : name, isWide ? finite : [0, .. finite],
            logarithmic: isWide);
    }

    private static string Summary(TrainingHistory history)
    {
        HistoryPoint[] tests = [.. history.Tests.Where(test => double.IsFinite(test.Loss))];
        if (tests.Length == 0)
            return "On the training set; the test set was not evaluated.";
        string end = $"Test loss {tests[^1].Loss:0.0000} at the end";
        return history.BestTest is { } best && best.Step != tests[^1].Step
            ? $"{end}, {best.Loss:0.0000} after epoch {history.BestEpoch}, which the validation samples chose."
            : $"{end}.";
    }
}
