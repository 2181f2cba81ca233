using System.Text.Json;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>A run's history as its folder keeps it: <c>metrics.jsonl</c>, and every single step in
/// <c>steps.npy</c>.</summary>
public static class RunLog
{
    private const string MetricsName = "metrics.jsonl", StepsName = "steps.npy";

    /// <summary>Writes steps.npy: [steps, 4] loss, accuracy, gradient norm, learning rate.</summary>
    /// <exception cref="GpuLstmException">It cannot be written.</exception>
    public static void WriteSteps(string root, RunHistory history) =>
        NpyFile.Write(StepsIn(root), history.StepsAsTensor("steps").Store());

    /// <summary>Where a run's steps.npy is.</summary>
    public static string StepsIn(string root) => Path.Combine(root, StepsName);

    /// <summary>What a run logged; the logged steps alone where steps.npy is gone.</summary>
    /// <exception cref="FileFormatException">A file is damaged.</exception>
    /// <exception cref="GpuLstmException">A file cannot be read.</exception>
    public static RunHistory Read(string root, int stepsPerEpoch)
    {
        var history = new RunHistory(logEvery: 1);
        string metrics = Path.Combine(root, MetricsName), steps = StepsIn(root);
        if (File.Exists(metrics))
            ReadRows(metrics, history);
        if (!File.Exists(steps))
            return history;
        Tensor tensor = NpyFile.Read(steps).ToFloats();
        if (tensor.Shape is not [_, RunHistory.StepColumns])
            throw new FileFormatException($"'{steps}' is not a run's steps: it is no array of "
                + $"{RunHistory.StepColumns} columns.");
        history.Steps.Clear();
        history.AddSteps(tensor, stepsPerEpoch);
        return history;
    }

    /// <summary>What the plots show. Only evaluations on the whole test set are comparable with those after the epochs:
    /// those on its first samples are a series of their own.</summary>
    public static TrainingHistory Plotted(RunHistory run, int stepsPerEpoch, int testSamples)
    {
        ILookup<bool, TestLog> tests = run.Tests.ToLookup(test => test.Samples >= testSamples);
        IEnumerable<HistoryPoint> whole = tests[true].Select(Point)
            .Concat(run.Epochs.Select(e => new HistoryPoint(e.Step, e.TestLoss, e.TestAccuracy ?? double.NaN)));
        return new(stepsPerEpoch,
            [.. run.Steps.Select(s => new HistoryPoint(s.Step, s.Loss, s.Accuracy ?? double.NaN, s.GradientNorm,
                s.LearningRate))],
            [.. whole.DistinctBy(p => p.Step).OrderBy(p => p.Step)])
        {
            Validations =
            [
                .. from epoch in run.Epochs
                   where epoch.ValidationLoss != null
                   select new HistoryPoint(
                       epoch.Step, epoch.ValidationLoss!.Value, epoch.ValidationAccuracy ?? double.NaN),
            ],
            FirstTests = [.. tests[false].Select(Point)], FirstSamples = tests[false].FirstOrDefault()?.Samples ?? 0,
        };
    }

    private static HistoryPoint Point(TestLog test) => new(test.Step, test.Loss, test.Accuracy ?? double.NaN);

    private static void ReadRows(string path, RunHistory history)
    {
        int line = 0;
        try
        {
            // The run's own folder may be open for writing.
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            for (; reader.ReadLine() is { } text; line++)
                Add(history, JsonDocument.Parse(text).RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FileFormatException($"'{path}' is damaged in line {line + 1}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GpuLstmException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private static void Add(RunHistory history, JsonElement row)
    {
        switch (row.GetProperty("kind").GetString())
        {
            case "step":
                history.Steps.Add(row.Deserialize<StepLog>(Terminal.Json));
                break;
            case "test":
                history.Tests.Add(row.Deserialize<TestLog>(Terminal.Json)!);
                break;
            case "epoch":
                history.Epochs.Add(row.Deserialize<EpochLog>(Terminal.Json)!);
                break;
        }
    }
}
