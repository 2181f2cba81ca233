using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Kernels;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host.Report;

/// <summary>A run's settings, results and surroundings as names and values.</summary>
public static class RunFacts
{
    private const double Megabyte = 1e6;

    /// <summary>What was trained on what, with which result.</summary>
    /// <param name="outcome">The result in a few words.</param>
    public static string Title(Recipe recipe, JsonObject result, string outcome) =>
        $"{recipe.Name} on {DataName(result)}: {outcome}";

    /// <summary>How it was trained, in a sentence or two.</summary>
    public static string Summary(string run, Recipe recipe, JsonObject result)
    {
        string epochs = $"{Text(result, "epochs_done")} of {Text(result, "epochs")} epochs";
        string standIn = result["stands_in_for"] is null ? ""
            : $" {Text(result, "stands_in_for")} could not be had: the program's own drawn digits stood in for it.";
        return $"Run {run}, {Network(recipe)}: {epochs} on {Text(result, "train_samples")} training samples "
            + $"on {Text(result, "device")}.{standIn}";
    }

    private static string DataName(JsonObject result) => Text(result, "data") switch
    {
        "mnist" => "MNIST",
        "strokes" => "drawn digits (strokes)",
        var name => name,
    };

    /// <summary>The numbers that stand at the top beside accuracy and loss.</summary>
    public static IReadOnlyList<Fact> Highlights(JsonObject result) => Known(
        new("Training speed", $"{Rounded(result, "train_samples_per_second")} samples/s"),
        new("Training time", Seconds(result, "train_seconds")));

    /// <summary>What decided the run.</summary>
    public static IReadOnlyList<Fact> Settings(Recipe recipe, JsonObject result) => Known(
        new("Recipe", recipe.Name),
        new("Network", Network(recipe)),
        new("Parameters", Text(result, "parameters")),
        new("Initial weights",
            $"as {(recipe.Initialisation == Initialisation.Keras ? "Keras" : "PyTorch")} draws them"),
        new("Data", Text(result, "data")),
        new("Data from", Text(result, "data_origin")),
        new("Split", Text(result, "split")),
        new("Training samples", Text(result, "train_samples")),
        new("Test samples", Text(result, "test_samples")),
        new("Input", result["features"] is JsonArray features
            ? $"{features.Count} feature(s), each normalised by the training samples"
            : recipe is { Mean: 0, Deviation: 1 } ? "pixel / 255"
            : $"(pixel / 255 - {Number(recipe.Mean)}) / {Number(recipe.Deviation)}"),
        new("Forecast", result["window"] is null ? Unknown
            : $"{Text(result, "horizon")} rows from the {Text(result, "window")} before them"),
        new("Learned as", Text(result, "transform")),
        new("Epochs", Text(result, "epochs")),
        new("Epochs done", Text(result, "epochs_done")),
        new("Steps", Text(result, "steps")),
        new("Batch", Number(recipe.Batch)),
        new("Optimiser", Optimiser(recipe)),
        new("Learning rate", Number(recipe.LearningRate)),
        new("Schedule", recipe.Schedule.ToString().ToLowerInvariant()),
        new("Warm-up", recipe.WarmupSteps == 0 ? "none" : $"{Number(recipe.WarmupSteps)} steps"),
        new("Weight decay", OrNone(recipe.WeightDecay)),
        new("Gradient clipping", (recipe.ClipNorm, recipe.ClipValue) switch
        {
            (0, 0) => "none",
            (0, var value) => $"value {Number(value)}",
            (var norm, 0) => $"norm {Number(norm)}",
            var (norm, value) => $"norm {Number(norm)}, value {Number(value)}",
        }),
        new("Label smoothing", OrNone(recipe.LabelSmoothing)),
        new("Class weights", recipe.ClassWeights ?? "none"),
        new("Augmentation", result["features"] is null ? AugmentationText.Format(recipe.Augment) : Unknown),
        new("Seed", Text(result, "seed")));

    /// <summary>Where it ran.</summary>
    public static IReadOnlyList<Fact> Environment(JsonObject result) => Known(
        new("Device", $"{Text(result, "device")} ({Text(result, "device_name")})"),
        new("Threads", Text(result, "threads")),
        new("Vector width", $"{Text(result, "vector_bits")} bits"),
        new("Peak memory",
            Number(result["peak_memory_bytes"], bytes => $"{Ticks.Label(Math.Round(bytes / Megabyte))} MB")),
        new("Wall time", Seconds(result, "wall_seconds")),
        new("System", Text(result, "system")),
        new("Runtime", Text(result, "runtime")),
        new("GpuLstm", Text(result, "version")));

    /// <summary>What a comparison shows beside the settings.</summary>
    public static IReadOnlyList<Fact> Results(JsonObject result) => Known(
        new("Test RMSE", Number(result["test_rmse"], ValueTables.Digits)),
        new("Test accuracy", Number(result["test_accuracy"], share => Ticks.Percent(share, 0.0001))),
        new("Test loss", Number(result["test_loss"], loss => loss.ToString("0.0000", CultureInfo.InvariantCulture))),
        new("Training speed", $"{Rounded(result, "train_samples_per_second")} samples/s"),
        new("Training time", Seconds(result, "train_seconds")));

    private const string Unknown = "\0"; // no value holds it

    private static Fact[] Known(params Fact[] facts) =>
        [.. facts.Where(fact => !fact.Value.Contains(Unknown, StringComparison.Ordinal))];

    /// <summary>The optimiser with its own numbers.</summary>
    private static string Optimiser(Recipe recipe) => recipe.Optimizer switch
    {
        OptimizerKind.Sgd => "SGD" + (recipe.Momentum == 0 ? ""
            : $", {(recipe.Nesterov ? "Nesterov's " : "")}momentum {Number(recipe.Momentum)}"),
        OptimizerKind.RmsProp => $"RMSprop, alpha {Number(recipe.Alpha)}, epsilon {Number(recipe.Epsilon)}"
            + (recipe.Momentum == 0 ? "" : $", momentum {Number(recipe.Momentum)}"),
        _ => (recipe.Optimizer == OptimizerKind.AdamW && recipe.WeightDecay > 0 ? "AdamW" : "Adam")
            + $", beta {Number(recipe.Beta1)} and {Number(recipe.Beta2)}, epsilon {Number(recipe.Epsilon)}",
    };

    /// <summary>The layers before the classifier.</summary>
    public static string Network(Recipe recipe) =>
        (recipe.PreLinear > 0 ? $"Linear {recipe.PreLinear} per step, " : "") + $"LSTM {recipe.Hidden}"
            + (recipe.Layers > 1 && recipe.Hidden.Count == 1 ? $" x {recipe.Layers}" : "") + recipe.Variant.Words;

    private static string OrNone(float value) => value == 0 ? "none" : Number(value);

    /// <summary>The shortest text that is this float and no other.</summary>
    private static string Number(float value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(JsonNode? node, Func<double, string> form) =>
        node?.GetValueKind() == JsonValueKind.Number
            ? form(double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture))
            : Unknown;

    private static string Rounded(JsonObject result, string name) =>
        Number(result[name], number => Ticks.Label(Math.Round(number)));

    private static string Seconds(JsonObject result, string name) =>
        Number(result[name], seconds => seconds.ToString("0.0 s", CultureInfo.InvariantCulture));

    /// <summary>A value as people read it.</summary>
    internal static string Text(JsonObject result, string name) => result[name]?.GetValueKind() switch
    {
        // A seed is a name, not an amount.
        JsonValueKind.Number when name != "seed" => Number(result[name], Ticks.Label),
        JsonValueKind.Number or JsonValueKind.String => result[name]!.ToString(),
        _ => Unknown,
    };
}
