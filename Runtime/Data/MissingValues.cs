using System.Globalization;
using GpuLstm.Runtime.Data.Files;

namespace GpuLstm.Runtime.Data;

/// <summary>What becomes of values that a file does not have.</summary>
internal static class MissingValues
{
    public const string Forward = "forward", Refuse = "refuse";

    /// <summary>Says how many there are, or refuses them. They are filled as the values are normalised.</summary>
    /// <exception cref="UsageException">The way is none that there is.</exception>
    /// <exception cref="FileFormatException">There are some, and they are to be refused.</exception>
    public static void Check(DataPart part, string way, IDataProgress progress)
    {
        if (way is not (Forward or Refuse))
            throw new UsageException($"'{way}' is no way to treat missing values: use {Forward} or {Refuse}.");
        if (part.Unlabelled is not SequenceSamples sequences)
            return;
        int missing = sequences.Values.Count(float.IsNaN);
        if (missing == 0)
            return;
        if (way == Refuse)
        {
            int first = Array.FindIndex(sequences.Values, float.IsNaN) / sequences.InputSize;
            int sequence = Array.FindLastIndex(sequences.Starts, start => start <= first);
            throw new FileFormatException(string.Create(CultureInfo.InvariantCulture,
                $"{part.Path} has {missing} missing values, the first in sequence {sequence + 1} at step "
                + $"{first - sequences.Starts[sequence] + 1}: --missing {Forward} fills them."));
        }
        progress.Notice(string.Create(CultureInfo.InvariantCulture,
            $"{part.Path} has {missing} missing values: each is filled with the value before it."));
    }
}
