using System.Globalization;

namespace GpuLstm.Runtime.Data;

/// <summary>How many training samples are set aside to choose by: a share or a number.</summary>
/// <param name="Fraction">0 where it is a number.</param>
/// <param name="Count">0 where it is a share.</param>
public sealed record ValidationShare(double Fraction, int Count)
{
    private const uint Stream = 0x56414C49; // "VALI"

    /// <exception cref="UsageException">The text is neither.</exception>
    public static ValidationShare Parse(string text)
    {
        const NumberStyles Style = NumberStyles.AllowDecimalPoint;
        if (text.EndsWith('%') && double.TryParse(text[..^1], Style, CultureInfo.InvariantCulture, out double percent)
            && percent is > 0 and < 100)
            return new(percent / 100, 0);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0)
            return new(0, count);
        throw new UsageException(
            $"'{text}' is no part for validation: use a share such as 10%, or a number of samples.");
    }

    /// <summary>Moves that part of the training samples, of each class alike, into the validation samples. Which ones
    /// depends on the seed alone.</summary>
    /// <exception cref="GpuLstmException">Too few samples are left on either side.</exception>
    public Dataset Divide(Dataset data, ulong seed)
    {
        int all = data.Train.Count, wanted = Count > 0 ? Count : (int)Math.Round(all * Fraction);
        if (wanted < 1 || wanted >= all)
            throw new GpuLstmException($"{wanted} of {all} training samples cannot be set aside for validation: "
                + "each side needs at least one.");
        (Samples kept, Samples chosen) = StratifiedSplit.Divide(
            [data.Train], counts => Kept(counts, wanted, all), seed, Stream);
        return data with { Train = kept, Validation = chosen };
    }

    /// <summary>How many of each class stay, so that the others are as many as are wanted: the largest remainders are
    /// rounded up.</summary>
    private static int[] Kept(int[] counts, int wanted, int all)
    {
        int[] chosen = [.. counts.Select(count => (int)((long)count * wanted / all))];
        foreach (int label in Enumerable.Range(0, counts.Length)
            .OrderByDescending(label => (long)counts[label] * wanted % all).Take(wanted - chosen.Sum()))
            chosen[label]++;
        return [.. counts.Select((count, label) => count - chosen[label])];
    }
}
