using System.Globalization;
using GpuLstm.Host.Plots.Charts;

namespace GpuLstm.Host.Plots;

/// <summary>What each training step recorded of itself: the norm of its gradient and its learning rate.</summary>
public static class StepPlots
{
    /// <summary>Null where no step recorded it.</summary>
    public static Figure? GradientNorm(TrainingHistory history)
    {
        double[] norms = [.. history.Steps.Select(step => step.GradientNorm).Where(double.IsFinite)];
        if (norms.Length == 0)
            return null;
        double median = norms.Order().ElementAt(norms.Length / 2);
        return HistoryChart.Draw("Gradient norm",
            $"Before clipping: median {Digits(median)}, largest {Digits(norms.Max())}.", OfStepsAlone(history),
            point => point.GradientNorm, values => Axis.Over("norm (logarithmic)", values, logarithmic: true));
    }

    /// <summary>Null where no step recorded it.</summary>
    public static Figure? LearningRate(TrainingHistory history)
    {
        double[] rates = [.. history.Steps.Select(step => step.LearningRate).Where(double.IsFinite)];
        if (rates.Length == 0)
            return null;
        string summary = rates.Max() == rates.Min()
            ? $"{Digits(rates[0])} at every step."
            : $"Highest {Digits(rates.Max())}, {Digits(rates[^1])} at the end.";
        return HistoryChart.Draw("Learning rate", summary, OfStepsAlone(history), point => point.LearningRate,
            values => Axis.Over("learning rate", values.Append(0)), isSmoothed: false);
    }

    private static TrainingHistory OfStepsAlone(TrainingHistory history) =>
        history with { Tests = [], FirstTests = [], Validations = [] };

    private static string Digits(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
