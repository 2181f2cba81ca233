using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The content of result.json.</summary>
public static class RunResult
{
    public static JsonObject Create(RunSettings settings, Dataset data, Engine device, long parameters,
        TrainingResult result, TimeSpan wall)
    {
        Recipe recipe = settings.Recipe;
        var json = new JsonObject
        {
            ["recipe"] = recipe.Name,
            ["data"] = data.Name,
            ["data_origin"] = data.Origin,
            ["data_spec"] = settings.Data == "auto" ? data.Name : settings.Data, // auto may find others another time
            ["data_sha256"] = settings.DataSha256,
            ["test_sha256"] = DataFingerprint.Of(data.Test, data.Classes),
            ["device"] = device.Id,
            ["device_name"] = device.Name,
            ["seed"] = settings.Seed,
            ["epochs"] = recipe.Epochs,
            ["epochs_done"] = result.EpochsDone,
            ["interrupted"] = result.Interrupted,
            ["batch_size"] = recipe.Batch,
            ["learning_rate"] = recipe.LearningRate,
            ["train_samples"] = data.Train.Count,
            ["test_samples"] = data.Test.Count,
            ["parameters"] = parameters,
            ["steps"] = result.StepsDone,
            ["test_accuracy"] = result.Final.Accuracy,
            ["test_loss"] = result.Final.Loss,
            ["train_samples_per_second"] = Math.Round(result.SamplesPerSecond, 1),
            ["train_seconds"] = Math.Round(result.TrainSeconds, 3),
            ["wall_seconds"] = Math.Round(wall.TotalSeconds, 3),
            ["peak_memory_bytes"] = PeakMemory(),
            ["version"] = typeof(RunResult).Assembly.GetName().Version!.ToString(3),
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["system"] = RuntimeInformation.OSDescription,
        };
        foreach ((string key, string value) in device.Settings) // what the result's bits depend on
            json[key] = long.TryParse(value, out long number) ? number : value;
        if (settings.Data == "auto" && data.Name == "strokes")
            json["stands_in_for"] = "MNIST";
        if (settings.From != null)
            json["from"] = settings.From;
        if (settings.Split != null)
            json["split"] = settings.Split;
        if (settings.Limit != null)
            json["limit"] = settings.Limit;
        if (result.First != null)
            json[$"first{result.First.Labels.Length}_accuracy"] = result.First.Accuracy;
        return json;
    }

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64); // macOS reports no peak
    }
}
