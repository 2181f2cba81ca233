using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Runtime.Data;

/// <summary>A training and a test set that belong together.</summary>
/// <param name="Name">What results call it: <c>mnist</c>, <c>strokes</c>, <c>folder</c>, a file's name.</param>
/// <param name="Origin">Where it came from, for people: a folder, a download, "drawn by the program, seed 1".</param>
/// <param name="Classes">The classes' names, in label order.</param>
public sealed record Dataset(string Name, string Origin, Samples Train, Samples Test, IReadOnlyList<string> Classes)
{
    /// <summary>Taken from the training samples, to choose by; empty where none are wanted.</summary>
    public Samples Validation { get; init; } = Train.Select([]);

    /// <summary>Names of the features of sequences; null: the samples are images.</summary>
    public IReadOnlyList<string>? FeatureNames { get; init; }

    /// <summary>Of sequences, as the training samples have them; null: the samples are images.</summary>
    public Features? Features { get; init; }

    /// <summary>Names of the numbers that are answered; null: the features tell, or classes are answered.</summary>
    public IReadOnlyList<string>? TargetNames { get; init; }

    /// <summary>Of the numbers that are answered, as the training samples have them; null: the features tell, or
    /// classes are answered.</summary>
    public Features? Targets { get; init; }

    /// <summary>How images were made: <see cref="InkChoice.Ink"/> as MNIST's, so that a photograph for a model of
    /// theirs is prepared likewise; else <see cref="InkChoice.None"/>.</summary>
    public string Prepare { get; init; } = InkChoice.None;

    /// <summary>What a sample is, in the plural.</summary>
    public string SampleWord => Train switch
    {
        ImageSamples => "images",
        WindowSamples => "windows",
        _ => "sequences",
    };
}
