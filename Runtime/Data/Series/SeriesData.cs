namespace GpuLstm.Runtime.Data.Series;

/// <summary>One of the series of a table: rows that follow each other.</summary>
/// <param name="Name">What its group's column says; empty where there is one series.</param>
/// <param name="First">Its first row among those of all.</param>
/// <param name="Count">Rows with values.</param>
/// <param name="Coming">Rows after those, of which only what is known ahead is told.</param>
/// <param name="Start">The time of the first row.</param>
public sealed record SeriesGroup(string Name, int First, int Count, int Coming, TimePoint Start)
{
    /// <summary>One past the last row with values.</summary>
    public int End => First + Count;
}

/// <summary>Series as a table has them.</summary>
/// <param name="Names">[I] the columns: those that are forecast, then the other inputs.</param>
/// <param name="Series">K, columns that are forecast.</param>
/// <param name="KnownAhead">[I] whether a column is known at the times that are forecast.</param>
/// <param name="Values">[S, I] in the columns' own units; none is missing but in rows to come.</param>
/// <param name="Axis">The rows' spacing.</param>
public sealed record SeriesData(IReadOnlyList<string> Names, int Series, IReadOnlyList<bool> KnownAhead, float[] Values,
    IReadOnlyList<SeriesGroup> Groups, TimeAxis Axis)
{
    public int InputSize => Names.Count;

    /// <summary>A value.</summary>
    public float this[int row, int column] => Values[(long)row * InputSize + column];

    /// <summary>The group that a row belongs to.</summary>
    public SeriesGroup GroupOf(int row)
    {
        int low = 0, high = Groups.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = Groups[middle].First <= row ? (middle, high) : (low, middle - 1);
        }
        return Groups[low];
    }

    /// <summary>The time of a row in words.</summary>
    public string TimeText(int row)
    {
        SeriesGroup group = GroupOf(row);
        return Axis.Text(Axis.At(group.Start, row - group.First));
    }

    /// <summary>Whether all values that are forecast are above 0.</summary>
    public bool IsPositive
    {
        get
        {
            foreach (SeriesGroup group in Groups)
                for (int row = group.First; row < group.End; row++)
                    for (int k = 0; k < Series; k++)
                        if (!(this[row, k] > 0))
                            return false;
            return true;
        }
    }

    /// <summary>A value of a column before it is normalised: of a series transformed, of another as it is.</summary>
    /// <returns>NaN before the first difference.</returns>
    public double Transformed(SeriesTransform transform, SeriesGroup group, int row, int column)
    {
        double value = this[row, column];
        if (column >= Series)
            return value;
        value = transform.Level(value);
        return transform.Difference == 0 ? value
            : row - transform.Difference < group.First ? double.NaN
            : value - transform.Level(this[row - transform.Difference, column]);
    }
}
