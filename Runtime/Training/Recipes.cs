using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>The well-known tutorial set-ups, as written there, and the one that reads most digits right.</summary>
public static class Recipes
{
    /// <summary>What <c>train</c> runs when nothing is said.</summary>
    public const string Default = "lstm128";

    /// <summary>The same for data that are no images.</summary>
    public const string ForSequences = "sequence";

    /// <summary>The same for series that are forecast.</summary>
    public const string ForSeries = "forecast";

    public static IReadOnlyList<Recipe> All { get; } =
    [
        new()
        {
            Name = "dense28-lstm28", Description = "Keras style: a Dense layer on each row, then a small LSTM",
            PreLinear = 28, Hidden = 28, Initialisation = Initialisation.Keras, Batch = 128, LearningRate = 0.001f,
            Epsilon = 1e-7f, Epochs = 10,
        },
        new()
        {
            Name = "lstm128x2", Description = "PyTorch style: two LSTM layers on standardised pixels",
            Hidden = 128, Layers = 2, Batch = 64, LearningRate = 0.001f, Epochs = 10, Mean = 0.1307f,
            Deviation = 0.3081f, LogEvery = 100,
        },
        new()
        {
            Name = "lstm64", Description = "One quick epoch, watched on the first 2,000 test images every 50 steps",
            Hidden = 64, Batch = 64, LearningRate = 0.01f, Epochs = 1, EvaluateEvery = 50, EvaluateFirst = 2000,
        },
        new()
        {
            Name = "lstm128", Description = "The classic: one LSTM layer read row by row (the default)",
            Hidden = 128, Batch = 100, LearningRate = 0.01f, Epochs = 10,
        },
        new()
        {
            Name = "split82", Description = "All 70,000 images pooled and split 8:2",
            Hidden = 128, Batch = 100, LearningRate = 0.001f, Epochs = 10, Split = "8:2",
        },
        new()
        {
            Name = ForSequences, Description = "Sequences of numbers, of any length: read in both directions",
            Hidden = 100, Variant = new() { Bidirectional = true, RecurrentDropout = 0.3f }, Batch = 16,
            LearningRate = 0.003f, Epochs = 100, Schedule = LearningRateSchedule.Cosine, ClipNorm = 1,
        },
        new()
        {
            Name = ForSeries, Description = "Forecasts of series, from windows: one layer, the rate falling to zero",
            Hidden = 32, Batch = 16, LearningRate = 0.01f, Epochs = 150, Schedule = LearningRateSchedule.Cosine,
            ClipNorm = 1,
        },
        new()
        {
            Name = "best", Description = "The most accurate: images moved at random, AdamW, the rate falling to zero",
            Hidden = 128, Layers = 2, Batch = 128, LearningRate = 0.003f, Epochs = 15,
            Schedule = LearningRateSchedule.Cosine, WarmupSteps = 200, ClipNorm = 1, WeightDecay = 0.01f,
            LabelSmoothing = 0.03f, Mean = 0.1307f, Deviation = 0.3081f, LogEvery = 100,
            Augment = new() { Shift = 2, Rotate = 10, Scale = 0.1f, Shear = 0.1f, Elastic = 2 },
        },
    ];

    /// <exception cref="UsageException">There is none of that name; the sentence lists those there are.</exception>
    public static Recipe Find(string name) => All.FirstOrDefault(r => r.Name == name)
        ?? throw new UsageException(
            $"There is no recipe '{name}': choose one of {string.Join(", ", All.Select(r => r.Name))}.");
}
