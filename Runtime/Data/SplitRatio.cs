using System.Globalization;

namespace GpuLstm.Runtime.Data;

/// <summary>Parts of training to parts of test data, such as 8:2.</summary>
public sealed record SplitRatio(int Train, int Test)
{
    private const int MaxPart = 1_000_000;

    public static SplitRatio Default { get; } = new(8, 2);

    /// <exception cref="UsageException">The text is not two positive whole numbers with a colon between.</exception>
    public static SplitRatio Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length == 2 && TryParsePart(parts[0], out int train) && TryParsePart(parts[1], out int test))
            return new SplitRatio(train, test);
        throw new UsageException(
            $"'{text}' is no split: use TRAIN:TEST with two whole numbers from 1 to 1000000, such as 8:2.");
    }

    /// <summary>Test to all.</summary>
    public double TestShare => (double)Test / ((long)Train + Test);

    /// <summary>How many of <paramref name="count"/> samples are for training, rounded to the nearest; both sides get
    /// at least one when there are two.</summary>
    public int TrainCount(int count)
    {
        long whole = Train + (long)Test;
        int rounded = (int)((2 * (long)count * Train + whole) / (2 * whole));
        return count < 2 ? count : Math.Clamp(rounded, 1, count - 1);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Train}:{Test}");

    private static bool TryParsePart(string text, out int part) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out part) && part is >= 1 and <= MaxPart;
}
