namespace GpuLstm.Runtime.Data.Files;

/// <summary>The samples of a file, with their classes by name.</summary>
/// <param name="Path">The file.</param>
/// <param name="Unlabelled">The samples, all with the label 0.</param>
/// <param name="Labels">Null: the file has none.</param>
/// <param name="Features">Names, of sequences; null: images.</param>
internal sealed record DataPart(
    string Path, Samples Unlabelled, LabelColumn? Labels, IReadOnlyList<string>? Features)
{
    /// <summary>Of the numbers to be answered; null: the file has none.</summary>
    public IReadOnlyList<string>? TargetNames { get; init; }

    /// <summary>Whether the labels are of steps.</summary>
    public bool IsPerStep { get; init; }

    /// <summary>Whether these are images whose classes MNIST's own are.</summary>
    public string? KnownAs { get; init; }

    /// <exception cref="FileFormatException">The file has no labels.</exception>
    public LabelColumn RequireLabels() => Labels ?? throw new FileFormatException(
        $"{Path} has no labels: --label COLUMN says which column they are in.");

    public Samples Labelled(IReadOnlyList<string> classes) =>
        IsPerStep ? (SequenceSamples)Unlabelled with { StepLabels = RequireLabels().ToStepLabels(classes) }
            : Unlabelled with { Labels = RequireLabels().ToLabels(classes) };
}
