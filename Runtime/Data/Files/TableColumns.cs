using System.Text.Json.Serialization;

namespace GpuLstm.Runtime.Data.Files;

/// <summary>Which columns of a table mean what: names, or where a table has no header numbers from 1.</summary>
/// <param name="Label">The class; null: the column called label, class, target or y.</param>
/// <param name="Sequence">Tells the sequences of a table of one row per step apart; null: a row is a sequence.</param>
/// <param name="Time">Sorts the steps of such a table; null: they stand in their order.</param>
public sealed record TableColumns(string? Label = null, string? Sequence = null, string? Time = null)
{
    /// <summary>The numbers to be answered of each sequence; null: classes are answered.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Whether the label is one of each step, not of a whole sequence.</summary>
    public bool PerStep { get; init; }

    /// <summary>Whether a table may lack the label's column: one of samples to predict, read as the model's own
    /// were.</summary>
    [JsonIgnore]
    public bool MayLackLabel { get; init; }
}
