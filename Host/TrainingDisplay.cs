using System.Globalization;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>Shows a run as it goes: one line that moves on a terminal, plain lines elsewhere; and logs what it
/// hears.</summary>
public sealed class TrainingDisplay(Terminal terminal, RunFolder folder, LiveDisplayContext? live) : ITrainingObserver
{
    private const int RefreshMilliseconds = 100, SlowMilliseconds = 10_000;
    private long _refreshed;

    /// <summary>Saves the best model so far.</summary>
    public Action<IReadOnlyList<Tensor>> SaveBest { get; init; } = _ => { };

    public void OnProgress(in TrainingProgress progress)
    {
        if (live == null || Environment.TickCount64 - _refreshed < RefreshMilliseconds)
            return;
        _refreshed = Environment.TickCount64;
        string text = string.Create(CultureInfo.InvariantCulture,
            $"epoch {progress.Epoch}/{progress.Epochs}  loss {progress.Loss:F4}  "
            + $"{(progress.Accuracy is { } share ? share.ToString("P1", CultureInfo.InvariantCulture) + "  " : "")}"
            + $"{progress.SamplesPerSecond:N0} samples/s  {progress.Left:m\\:ss} left");
        int width = Math.Clamp(terminal.Console.Profile.Width - text.Length - 5, 4, 24); // all of it on one line
        int done = (int)(progress.Step * width / progress.Steps);
        live.UpdateTarget(new Text($"[{new string('#', done)}{new string('.', width - done)}]  {text}"));
        live.Refresh();
    }

    public void OnEvaluating(int done, int count)
    {
        long interval = live == null ? SlowMilliseconds : RefreshMilliseconds;
        if (done == count || Environment.TickCount64 - _refreshed < interval)
            return;
        _refreshed = Environment.TickCount64;
        string text = string.Create(CultureInfo.InvariantCulture, $"evaluated {done:N0} of {count:N0} samples");
        if (live == null)
            terminal.Line(text); // silence for so long looks like a hang
        else
        {
            live.UpdateTarget(new Text(text));
            live.Refresh();
        }
    }

    public void OnStep(in StepLog step, bool logged)
    {
        if (!logged)
            return;
        folder.Log(step);
        if (live == null)
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"epoch {step.Epoch}  step {step.Step}  loss {step.Loss:F4}{Share("accuracy", step.Accuracy, "P1")}"));
    }

    public void OnTest(TestLog test)
    {
        folder.Log(test);
        if (live == null)
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"epoch {test.Epoch}  step {test.Step}  test loss {test.Loss:F4}{Share("test accuracy", test.Accuracy)}"
                + $"{Share("test RMSE", test.Rmse, "G5")} of {test.Samples}"));
    }

    public void OnEpoch(EpochLog epoch)
    {
        folder.Log(epoch);
        string line = string.Create(CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}  loss {epoch.TrainLoss:F4}{Share("accuracy", epoch.TrainAccuracy)}  test loss "
            + $"{epoch.TestLoss:F4}{Share("test accuracy", epoch.TestAccuracy)}{Share("test RMSE", epoch.TestRmse, "G5")}"
            + $"  {epoch.SamplesPerSecond:N0} samples/s");
        if (epoch.ValidationLoss != null)
            line += string.Create(CultureInfo.InvariantCulture, $"  validation loss {epoch.ValidationLoss:F4}"
                + $"{Share("validation accuracy", epoch.ValidationAccuracy)}"
                + $"{Share("validation RMSE", epoch.ValidationRmse, "G5")}");
        Write(line);
    }

    public void OnBest(IReadOnlyList<Tensor> parameters) => SaveBest(parameters);

    public void OnNotice(string message) => Write($"Notice: {message}");

    public void OnRestored(RunHistory history) => folder.LogAgain(history.Rows());

    /// <summary>A figure and its name, where there is one.</summary>
    private static string Share(string name, double? value, string form = "P2") =>
        value is { } number ? $"  {name} {number.ToString(form, CultureInfo.InvariantCulture)}" : "";

    private void Write(string line)
    {
        if (live == null)
            terminal.Line(line);
        else
            terminal.Console.WriteLine(line); // above the moving line
    }
}
