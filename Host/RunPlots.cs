using GpuLstm.Host.Plots;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host;

/// <summary>The plots of a run folder.</summary>
public static class RunPlots
{
    public static void Write(RunFolder folder, TrainingDisplay display, int stepsPerEpoch, Dataset data, Evaluation final)
    {
        IEnumerable<HistoryPoint> tests = display.Tests.Select(t => new HistoryPoint((int)t.Step, t.Loss, t.Accuracy))
            .Concat(display.Epochs.Select(e => new HistoryPoint((int)e.Step, e.TestLoss, e.TestAccuracy)));
        var history = new TrainingHistory(stepsPerEpoch,
            [.. display.Steps.Select(s => new HistoryPoint((int)s.Step, s.Loss, s.Accuracy))], [.. tests.OrderBy(t => t.Step)]);
        folder.Write("plots/loss.svg", LossPlot.Draw(history));
        folder.Write("plots/accuracy.svg", AccuracyPlot.Draw(history));
        folder.Write("plots/confusion.svg", ConfusionPlot.Draw(Confusion(final, data.Classes.Count), data.Classes));
    }

    /// <summary>Counts what was taken for what.</summary>
    public static ConfusionMatrix Confusion(Evaluation evaluation, int classes)
    {
        var matrix = new ConfusionMatrix(classes);
        for (int sample = 0; sample < evaluation.Labels.Length; sample++)
            matrix.Add(evaluation.Labels[sample], evaluation.Predicted(sample));
        return matrix;
    }
}
