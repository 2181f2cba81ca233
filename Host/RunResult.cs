using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The content of result.json.</summary>
public static class RunResult
{
    public static JsonObject Create(RunSettings settings, Dataset data, Model model, Engine device, long parameters,
        TrainingResult result, TimeSpan wall)
    {
        JsonObject json = Describe(settings, result.StepsDone, result.EpochsDone, result.Interrupted);
        json["device_name"] = device.Name;
        json["parameters"] = parameters;
        new EvaluationOutput(model, data.Test, result.Final).AddTo(json, "test_");
        json["train_samples_per_second"] = Math.Round(result.SamplesPerSecond, 1);
        json["train_seconds"] = Math.Round(result.TrainSeconds, 3);
        json["wall_seconds"] = Math.Round(wall.TotalSeconds, 3);
        json["peak_memory_bytes"] = PeakMemory();
        json["version"] = typeof(RunResult).Assembly.GetName().Version!.ToString(3);
        json["runtime"] = RuntimeInformation.FrameworkDescription;
        json["system"] = RuntimeInformation.OSDescription;
        foreach ((string key, string value) in device.Settings) // what the result's bits depend on
            json[key] = long.TryParse(value, out long number) ? number : value;
        if (settings.StandsInFor != null)
            json["stands_in_for"] = settings.StandsInFor;
        if (settings.Validation != null)
            json["validation"] = settings.Validation;
        if (settings.Changes.Count > 0)
            json["changes"] = new JsonArray([.. settings.Changes.Select(change => JsonValue.Create(change))]);
        if (result.Failure != null)
            json["failure"] = result.Failure.Message;
        if (result.StoppedEarly)
            json["stopped_early"] = true;
        if (result.Best is { } best)
        {
            json["validation_samples"] = data.Validation.Count;
            json["best_epoch"] = best.Epoch;
            json["best_validation_loss"] = best.Loss;
            if (best.Accuracy is { } accuracy)
                json["best_validation_accuracy"] = accuracy;
            new EvaluationOutput(model, data.Test, best.Test).AddTo(json, "best_test_");
        }
        if (result.First != null)
            json[$"first{result.First.Count}_{(result.First.Accuracy is null ? "rmse" : "accuracy")}"] =
                result.First.Accuracy ?? result.First.Rmse;
        return json;
    }

    /// <summary>What a checkpoint tells of a run that has not come to its end.</summary>
    /// <exception cref="GpuLstmException">The checkpoint is of a version that did not tell enough.</exception>
    public static JsonObject Of(Checkpoint checkpoint)
    {
        RunSettings settings = checkpoint.Settings;
        if (settings.TrainSamples == 0)
            throw new GpuLstmException("The run has not come to its end, and its checkpoint is of an older version: go "
                + "on with it first (train --resume).");
        return Describe(settings, checkpoint.Position.Step,
            (int)(checkpoint.Position.Step / checkpoint.StepsPerEpoch), interrupted: true);
    }

    /// <summary>What was to be done, and how far it has come.</summary>
    private static JsonObject Describe(RunSettings settings, long steps, int epochsDone, bool interrupted)
    {
        Recipe recipe = settings.Recipe;
        var json = new JsonObject
        {
            ["recipe"] = recipe.Name, ["data"] = settings.DataName, ["data_origin"] = settings.DataOrigin,
            ["data_spec"] = settings.Data, ["data_sha256"] = settings.DataSha256,
            ["test_sha256"] = settings.TestSha256, ["device"] = settings.Device, ["seed"] = settings.Seed,
            ["epochs"] = recipe.Epochs, ["epochs_done"] = epochsDone, ["interrupted"] = interrupted,
            ["batch_size"] = recipe.Batch, ["learning_rate"] = recipe.LearningRate,
            ["train_samples"] = settings.TrainSamples, ["test_samples"] = settings.TestSamples, ["steps"] = steps,
        };
        foreach ((string name, JsonNode? value) in new (string, JsonNode?)[]
        {
            ("from", settings.From), ("split", settings.Split), ("limit", settings.Limit),
            ("validation", settings.Validation), ("stands_in_for", settings.StandsInFor),
            ("targets", Names(settings.Targets)), ("trials", settings.Trials.Count == 0 ? null
                : new JsonArray([.. settings.Trials.Select(trial => new JsonObject
                {
                    ["transform"] = trial.Transform.ToString(), ["validation_rmse"] = trial.Rmse,
                })])),
            ("transform", settings.Series?.Transform?.ToString()), ("window", settings.Series?.Window),
            ("horizon", settings.Series?.Horizon),
            ("features", Names(settings.Features)),
        })
            if (value != null)
                json[name] = value;
        return json;
    }

    private static JsonArray? Names(Features? features) => features is null ? null
        : new JsonArray([.. features.Names.Select(name => JsonValue.Create(name))]);

    /// <summary>The data of a run, from its result.</summary>
    /// <exception cref="FileFormatException">A field that every version wrote is missing.</exception>
    public static DataStatement Statement(JsonObject result) => new()
    {
        Spec = Field<string>(result, "data_spec"), Name = Field<string>(result, "data"),
        Origin = Optional<string>(result, "data_origin") ?? "", Seed = Field<ulong>(result, "seed"),
        Split = Optional<string>(result, "split"), Validation = Optional<string>(result, "validation"),
        Limit = result["limit"] is null ? null : Field<int>(result, "limit"),
        Sha256 = Field<string>(result, "data_sha256"), TestSha256 = Optional<string>(result, "test_sha256"),
    };

    /// <exception cref="FileFormatException">It is missing, or of another type.</exception>
    public static T Field<T>(JsonObject result, string name) =>
        result[name] is JsonValue value && value.TryGetValue(out T? found) && found is not null
            ? found
            : throw new FileFormatException($"The run's {RunFolder.ResultName} has no usable '{name}'.");

    private static T? Optional<T>(JsonObject result, string name) where T : class =>
        result[name] is null ? null : Field<T>(result, name);

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64); // macOS reports no peak
    }
}
