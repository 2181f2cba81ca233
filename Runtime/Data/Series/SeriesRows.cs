using GpuLstm.Runtime.Data.Files;

namespace GpuLstm.Runtime.Data.Series;

/// <summary>The rows of one series as they are read; then put into the order of time, and checked.</summary>
/// <param name="knownAhead">[I] whether a column is told of rows to come.</param>
/// <param name="rows">About how many there will be.</param>
internal sealed class SeriesRows(
    string path, string name, IReadOnlyList<bool> knownAhead, SeriesOptions options, int rows)
{
    private readonly int _size = knownAhead.Count;
    private float[] _values = new float[Math.Max(16L, rows) * knownAhead.Count];
    private double[] _times = new double[Math.Max(16, rows)];
    private int[] _lines = new int[Math.Max(16, rows)];
    private bool _hasTimes, _areDates, _isSorted = true;
    private int _rows;

    public string Name => name;

    /// <summary>Rows with values.</summary>
    public int Count { get; private set; }

    /// <summary>Rows after those, of which only what is known ahead is told.</summary>
    public int Coming => _rows - Count;

    public int FirstLine => _lines[0];

    public TimePoint Start => new(_hasTimes ? _times[0] : 0, _areDates);

    /// <summary>The spacing of the first rows.</summary>
    public TimeAxis Axis
    {
        get
        {
            Sort();
            return _hasTimes && _rows > 1 ? TimeAxis.Of(At(0), At(1)) : TimeAxis.Counted;
        }
    }

    /// <summary>Room for a row.</summary>
    public Span<float> Add(TimePoint? time, ReadOnlySpan<char> text, long line)
    {
        if (_rows == _lines.Length)
        {
            int more = checked((int)Math.Min(Array.MaxLength / _size, _rows * 3L / 2 + 1));
            if (more <= _rows)
                throw new FileFormatException($"{path} has more than {Array.MaxLength} values, the most that are "
                    + $"read.");
            Array.Resize(ref _values, more * _size);
            Array.Resize(ref _times, more);
            Array.Resize(ref _lines, more);
        }
        if (time is { } point)
        {
            if (_rows > 0 && point.IsDate != _areDates)
                throw LineError.At(path, line, $"the time {LineError.Quote(text)} is no "
                    + (_areDates ? "date, as those before are" : "number, as those before are"));
            (_hasTimes, _areDates) = (true, point.IsDate);
            _times[_rows] = point.Value;
            _isSorted &= _rows == 0 || point.Value >= _times[_rows - 1];
        }
        _lines[_rows] = (int)Math.Min(line, int.MaxValue);
        return _values.AsSpan(_rows++ * _size, _size);
    }

    /// <summary>Checks the order of time, tells rows to come from the others, and fills what is missing.</summary>
    /// <exception cref="FileFormatException">A time stands twice, or there is a gap.</exception>
    public void Finish(string missing, TimeAxis axis, ref int filled, ref long firstFilled)
    {
        Sort();
        CheckTimes(axis);
        Count = _rows;
        while (Count > 0 && AreMissing(Count - 1))
            Count--;
        if (Count == 0)
            throw new FileFormatException($"{path} has no values in the columns of --series.");
        for (int i = 0; i < _size; i++)
            Fill(i, missing, ref filled, ref firstFilled);
        (_times, _lines) = (_times[..1], _lines[..1]);
    }

    /// <summary>[S, I]; the rows' own array, where it has no room to spare.</summary>
    public float[] ToArray()
    {
        if (_values.Length > _rows * _size)
            Array.Resize(ref _values, _rows * _size);
        return _values;
    }

    private TimePoint At(int row) => new(_times[row], _areDates);

    private void Sort()
    {
        if (_isSorted)
            return;
        int[] order = [.. Enumerable.Range(0, _rows).OrderBy(row => _times[row])]; // stable
        float[] values = new float[_values.Length];
        for (int row = 0; row < _rows; row++)
            _values.AsSpan(order[row] * _size, _size).CopyTo(values.AsSpan(row * _size));
        (_times, _lines) = ([.. order.Select(row => _times[row])], [.. order.Select(row => _lines[row])]);
        (_values, _isSorted) = (values, true);
    }

    private void CheckTimes(TimeAxis axis)
    {
        if (!_hasTimes)
            return;
        string of = name.Length == 0 ? "" : $" of {LineError.Quote(name)}";
        for (int row = 1; row < _rows; row++)
        {
            if (_times[row] == _times[row - 1])
                throw LineError.At(path, _lines[row], $"the time {axis.Text(At(row))}{of} stands twice, first in line "
                    + $"{_lines[row - 1]}" + (options.Group is null ? ": --group COLUMN tells several series apart"
                    : ""));
            if (options.Gaps == SeriesOptions.Refuse && !axis.Follows(At(row - 1), At(row)))
                throw LineError.At(path, _lines[row], $"{axis.Text(At(row))}{of} does not follow "
                    + $"{axis.Text(At(row - 1))} by a {axis.Words}, as the first rows follow each other: --gaps keep "
                    + $"takes "
                    + "rows as they stand");
        }
    }

    /// <summary>Whether none of the columns that are forecast has a value.</summary>
    private bool AreMissing(int row)
    {
        for (int k = 0; k < options.Columns.Count; k++)
            if (!float.IsNaN(_values[row * _size + k]))
                return false;
        return true;
    }

    private void Fill(int column, string missing, ref int filled, ref long firstFilled)
    {
        int end = knownAhead[column] ? _rows : Count;
        for (int row = 0; row < end; row++)
        {
            if (!float.IsNaN(_values[row * _size + column]))
                continue;
            if (missing == MissingValues.Refuse)
                throw LineError.At(path, _lines[row], $"a value is missing: --missing {MissingValues.Forward} fills it "
                    + "with the one before");
            if (row == 0)
                throw LineError.At(path, _lines[row], "a value is missing, and there is none before it to fill it "
                    + "with");
            _values[row * _size + column] = _values[(row - 1) * _size + column];
            if (filled++ == 0)
                firstFilled = _lines[row];
        }
    }
}
