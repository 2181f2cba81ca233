namespace GpuLstm.Runtime.Data;

/// <summary>Equally long, labelled byte sequences on the host.</summary>
/// <param name="Items">[N, T, I] values 0..255, one sequence after the other, rows in reading order.</param>
/// <param name="Labels">[N] class numbers.</param>
/// <param name="TimeSteps">T: rows of an image.</param>
/// <param name="InputSize">I: pixels of a row.</param>
public sealed record Samples(byte[] Items, byte[] Labels, int TimeSteps, int InputSize)
{
    public int Count => Labels.Length;

    /// <summary>One sequence, [T, I].</summary>
    public ReadOnlySpan<byte> this[int index] => Items.AsSpan(index * TimeSteps * InputSize, TimeSteps * InputSize);

    /// <summary>The first <paramref name="count"/> samples, or all when there are fewer; a copy only when it must be
    /// shorter.</summary>
    public Samples Take(int count) => count >= Count
        ? this
        : this with { Items = Items[..(count * TimeSteps * InputSize)], Labels = Labels[..count] };
}

/// <summary>A training and a test set that belong together.</summary>
/// <param name="Name">What results call it: <c>mnist</c>, <c>strokes</c>, <c>folder</c>.</param>
/// <param name="Origin">Where it came from, for people: a folder, a download, "drawn by the program, seed 1".</param>
/// <param name="Classes">The classes' names, in label order.</param>
public sealed record Dataset(string Name, string Origin, Samples Train, Samples Test, IReadOnlyList<string> Classes)
{
    /// <summary>Taken from the training samples, to choose by; empty where none are wanted.</summary>
    public Samples Validation { get; init; } = Train with { Items = [], Labels = [] };
}
