using System.Text.Json;
using System.Text.Json.Serialization;
using GpuLstm.Kernels;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Reference;

/// <summary>Steps of one of torch.optim's optimisers.</summary>
/// <param name="Start">The parameters before.</param>
/// <param name="Gradients">[steps, parameters].</param>
/// <param name="After">[steps, parameters] the parameters after each step.</param>
public sealed record TorchOptimizer(
    OptimizerKind Kind, double Decay, double Momentum, bool Nesterov, double Clip, double Rate, double[] Start,
    double[][] Gradients, double[][] After)
{
    public override string ToString() =>
        FormattableString.Invariant($"{Kind} {Decay} {Momentum}{(Nesterov ? " nesterov" : "")} {Clip}");
}

/// <summary>Rates of one of torch.optim.lr_scheduler's schedules.</summary>
/// <param name="Rates">Of each step.</param>
/// <param name="Losses">Of each epoch, where the schedule watches them.</param>
public sealed record TorchSchedule(
    LearningRateSchedule Schedule, int Epochs, [property: JsonPropertyName("per_epoch")] int PerEpoch, double Rate,
    double[] Rates, double[]? Losses)
{
    public override string ToString() => $"{Schedule} {Epochs}";
}

/// <summary>What tools/torch_optimizers.py wrote.</summary>
public static class TorchOptimizers
{
    private static readonly JsonElement s_file = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(AppContext.BaseDirectory, "TestData", "torch-optimizers.json"))).RootElement;

    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNameCaseInsensitive = true, Converters = { new JsonStringEnumConverter() },
    };

    public static IEnumerable<TorchOptimizer> Optimizers => s_file.GetProperty("optimizers").EnumerateArray()
        .Select(one => one.Deserialize<TorchOptimizer>(s_options)!);

    public static IEnumerable<TorchSchedule> Schedules => s_file.GetProperty("schedules").EnumerateArray()
        .Select(one => one.Deserialize<TorchSchedule>(s_options)!);
}
