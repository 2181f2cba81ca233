using System.Runtime.InteropServices;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Data.Series;

/// <summary>Windows of series, which lie within each other: only where each begins is kept.</summary>
/// <param name="Data">The series.</param>
/// <param name="Starts">[N] the first row of each window.</param>
/// <param name="Window">W: rows that are read.</param>
/// <param name="Horizon">H: rows after those, to be forecast.</param>
/// <param name="Transform">What becomes of the values before the network reads them.</param>
public sealed record WindowSamples(
    SeriesData Data, int[] Starts, int Window, int Horizon, SeriesTransform Transform)
    : Samples([], Window, Data.InputSize)
{
    public override int Count => Starts.Length;

    public override Head Head => Head.Values;

    public override int AnswerSize => Horizon * Data.Series;

    public override bool HasLengths => false;

    /// <summary>The row at which a window's forecast begins.</summary>
    public int Now(int index) => Starts[index] + Window;

    /// <summary>Rows that each column is read ahead.</summary>
    public int[] Ahead => [.. Data.KnownAhead.Select(known => known ? Horizon : 0)];

    /// <summary>The features as those rows have them that the windows read or forecast; those of series whose windows
    /// are relative deviate from the windows' bases.</summary>
    public Features ToFeatures()
    {
        int size = InputSize;
        (int from, int to) = Touched;
        bool[] isOurs = Covered(from, to);
        double[] means = new double[size], deviations = new double[size];
        for (int i = 0; i < size; i++)
            (means[i], deviations[i]) = i < Data.Series && Transform.Relative != RelativeTo.None
                ? Spread(Relative(i)) : Spread(Rows(i));
        if (Transform.Relative != RelativeTo.None)
            for (int k = 0; k < Data.Series; k++)
                means[k] = Spread(Rows(k)).Mean; // of no consequence but to the last bits
        return new(Data.Names, [.. means.Select(mean => (float)mean)],
            [.. deviations.Select(deviation => Features.Usable(deviation))]);

        IEnumerable<double> Rows(int column)
        {
            for (int row = from; row < to; row++)
                if (isOurs[row - from])
                    yield return At(row, column);
        }

        IEnumerable<double> Relative(int column)
        {
            int step = Math.Max(1, Count / MostWindows);
            for (int w = 0; w < Count; w += step)
            {
                double origin = Base(Starts[w], column);
                for (int row = Starts[w]; row < Starts[w] + Window + Horizon; row++)
                    yield return At(row, column) - origin;
            }
        }
    }

    private const int MostWindows = 10_000; // enough for a deviation

    private static (double Mean, double Deviation) Spread(IEnumerable<double> values)
    {
        double mean = 0, squares = 0;
        long count = 0;
        foreach (double value in values) // Welford (1962)
            if (double.IsFinite(value))
            {
                double difference = value - mean;
                mean += difference / ++count;
                squares += difference * (value - mean);
            }
        return (mean, Math.Sqrt(squares / Math.Max(1, count)));
    }

    private bool[] Covered(int from, int to)
    {
        bool[] isCovered = new bool[to - from];
        foreach (int start in Starts)
            Array.Fill(isCovered, true, start - from, Window + Horizon);
        return isCovered;
    }

    /// <summary>What a window's values of a series are told in relation to, before it is normalised.</summary>
    public double Base(int start, int column)
    {
        if (Transform.Relative != RelativeTo.Mean)
            return Transform.Relative == RelativeTo.None ? 0 : At(start + Window - 1, column);
        double sum = 0;
        for (int row = start; row < start + Window; row++)
            sum += At(row, column);
        return sum / Window;
    }

    private double At(int row, int column) => Data.Transformed(Transform, Data.GroupOf(row), row, column);

    /// <summary>The rows that its windows touch: the first, and one past the last.</summary>
    public (int From, int To) Touched => Count == 0 ? (0, 0)
        : (Starts.Min(), Math.Min(Starts.Max() + Window + Horizon, Data.Values.Length / InputSize));

    /// <summary>Rows as the network reads them, but for what windows are relative to.</summary>
    /// <param name="from">The first row.</param>
    /// <param name="values">[n, I] overwritten.</param>
    public void Normalise(Features features, int from, Span<float> values)
    {
        SeriesGroup group = Data.GroupOf(from);
        for (int row = from, at = 0; at < values.Length; row++)
        {
            if (row >= group.End + group.Coming)
                group = Data.GroupOf(row);
            for (int i = 0; i < InputSize; i++, at++)
            {
                double value = Data.Transformed(Transform, group, row, i);
                values[at] = double.IsFinite(value)
                    ? (float)((value - features.Means[i]) / features.Deviations[i]) : 0;
            }
        }
    }

    public override void ToUnits(int index, ReadOnlySpan<float> answer, InputScale scale, Span<double> values)
    {
        int series = Data.Series, now = Now(index), difference = Transform.Difference;
        Span<double> levels = stackalloc double[Horizon <= 1024 ? Horizon : 0];
        if (Horizon > 1024)
            levels = new double[Horizon];
        for (int k = 0; k < series; k++)
        {
            double origin = Transform.Relative == RelativeTo.None ? scale.Features!.Means[k] : Base(Starts[index], k);
            for (int h = 0; h < Horizon; h++)
            {
                double level = answer[h * series + k] * (double)scale.Features!.Deviations[k] + origin;
                if (difference > 0)
                    level += h < difference ? Transform.Level(Data[now + h - difference, k]) : levels[h - difference];
                levels[h] = level;
            }
            for (int h = 0; h < Horizon; h++)
                values[h * series + k] = Transform.Unlevel(levels[h]);
        }
    }

    public override float Truth(int index, int number) =>
        Data[Now(index) + number / Data.Series, number % Data.Series];

    public override ReadOnlySpan<byte> Bytes(int index) => MemoryMarshal.AsBytes(
        Data.Values.AsSpan(Starts[index] * InputSize, (Window + Horizon) * InputSize));

    public override ReadOnlySpan<byte> Bytes() => MemoryMarshal.AsBytes<float>(Data.Values);

    public override WindowSamples Select(ReadOnlySpan<int> indices)
    {
        int[] starts = new int[indices.Length];
        for (int i = 0; i < starts.Length; i++)
            starts[i] = Starts[indices[i]];
        return this with { Starts = starts };
    }

    private protected override Samples JoinAll(IReadOnlyList<Samples> parts) =>
        this with { Starts = [.. parts.SelectMany(part => ((WindowSamples)part).Starts)] };
}
