using GpuLstm.Runtime.Data.Files;

namespace GpuLstm.Runtime.Data.Series;

/// <summary>Reads a table of one row per time: columns that are forecast, others that help, one that tells the time,
/// and one that tells several series apart.</summary>
internal sealed class SeriesTable
{
    private readonly string _path;
    private readonly CsvTable _table;
    private readonly SeriesOptions _options;
    private readonly int _time, _group;
    private readonly int[] _columns;
    private readonly Dictionary<string, SeriesRows> _known = [];
    private readonly List<SeriesRows> _all = [];
    private int _missing;
    private long _firstMissing;

    private SeriesTable(string path, CsvTable table, SeriesOptions options, string? time, int rows)
    {
        (_path, _table, _options) = (path, table, options);
        int[] series = [.. options.Columns.Select(name => table.Column(name, "--series"))];
        int[] observed = [.. options.Observed.Select(name => table.Column(name, "--observed"))];
        _group = options.Group is { } group ? table.Column(group, "--group") : -1;
        if (!table.Read())
            throw new FileFormatException($"{path} has no rows.");
        _time = time is { } name ? table.Column(name, "--time") : TimeColumn([.. series, .. observed, _group]);
        int[] others = [.. Enumerable.Range(0, table.Columns)
            .Where(i => !series.Contains(i) && i != _group && i != _time)];
        _columns = [.. series, .. others];
        Names = [.. _columns.Select(Name)];
        KnownAhead = [.. _columns.Select(i => !series.Contains(i) && !observed.Contains(i))];
        ExpectedRows = rows - (table.Header is null ? 0 : 1);
    }

    private IReadOnlyList<string> Names { get; }

    private IReadOnlyList<bool> KnownAhead { get; }

    private int ExpectedRows { get; }

    /// <summary>The windows of a table.</summary>
    /// <exception cref="FileFormatException">A row is not what it should be.</exception>
    /// <exception cref="GpuLstmException">There is no such table, or it is too short.</exception>
    public static Dataset Load(DataSpec spec, DataOptions options, SeriesOptions series, SplitRatio? ratio,
        ValidationShare? validation, IDataProgress progress)
    {
        series.Checked();
        if (spec is not { Kind: DataKind.Path, Place: { } path } || !File.Exists(path))
            throw new UsageException("--series reads a table with a row for each time, as in --data series.csv.");
        SeriesData data = Read(path, options, series, progress);
        series = series.Resolved(data);
        if (options.OnlyTest && ratio is null)
        {
            WindowSamples all = SeriesParts.All(data, series, series.Transform ?? new());
            return new(Path.GetFileNameWithoutExtension(path), path, all.Select([]), all, []);
        }
        SeriesParts parts = new(ratio ?? SplitRatio.Parse(SeriesParts.Default), validation);
        (WindowSamples train, WindowSamples chosen, WindowSamples test) =
            parts.Divide(data, series, series.Transform ?? new());
        if (options.Limit is { } limit)
            train = (WindowSamples)train.Take(limit);
        return new(Path.GetFileNameWithoutExtension(path), path, train, test, [])
        {
            Validation = chosen, FeatureNames = data.Names,
        };
    }

    /// <summary>The series of a table.</summary>
    /// <inheritdoc cref="Load"/>
    public static SeriesData Read(string path, DataOptions options, SeriesOptions series, IDataProgress progress) =>
        DataFile.Read(path, stream =>
    {
        if (stream.Length == 0)
            throw new FileFormatException($"{path} is empty.");
        int rows = CountLines(stream);
        using PlainText text = new(path, stream);
        using CsvTable table = new(path, text);
        return new SeriesTable(path, table, series, options.Columns.Time, rows).Read(options.Missing, progress);
    });

    private SeriesData Read(string missing, IDataProgress progress)
    {
        if (missing is not (MissingValues.Forward or MissingValues.Refuse))
            throw new UsageException($"'{missing}' is no way to treat missing values: use {MissingValues.Forward} or "
                + $"{MissingValues.Refuse}.");
        do
        {
            ReadRow();
        }
        while (_table.Read());
        List<SeriesGroup> groups = [];
        TimeAxis axis = _all[0].Axis;
        int first = 0;
        foreach (SeriesRows rows in _all)
        {
            rows.Finish(missing, axis, ref _missing, ref _firstMissing);
            groups.Add(new(rows.Name, first, rows.Count, rows.Coming, rows.Start));
            first += rows.Count + rows.Coming;
        }
        float[] values = _all.Count == 1 ? _all[0].ToArray() : [.. _all.SelectMany(rows => rows.ToArray())];
        if (_missing > 0)
            progress.Notice(_missing == 1
                ? $"{_path} has a missing value in line {_firstMissing}: it is filled with the value before it."
                : $"{_path} has {_missing} missing values, the first in line {_firstMissing}: each is filled with the "
                + $"value "
                    + "before it.");
        SeriesData data = new(Names, _options.Columns.Count, KnownAhead, values, groups, axis);
        CheckConstant(data);
        return data;
    }

    private void ReadRow()
    {
        ReadOnlySpan<char> name = _group < 0 ? "" : _table[_group].Trim();
        var lookup = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(name, out SeriesRows? rows))
        {
            if (_group >= 0 && name.Length == 0)
                throw Wrong("the series that the row belongs to is missing");
            rows = new(_path, name.ToString(), KnownAhead, _options, _group < 0 ? ExpectedRows : 0);
            _all.Add(rows);
            lookup[name] = rows;
        }
        TimePoint time = default;
        if (_time >= 0 && !TimePoint.TryParse(_table[_time], out time))
            throw Wrong($"the time {LineError.Quote(_table[_time].Trim())} is neither a number nor a date");
        Span<float> row = rows.Add(_time >= 0 ? time : null, _time < 0 ? "" : _table[_time].Trim(), _table.Line);
        for (int i = 0; i < row.Length; i++)
            if (!NumberText.TryParse(_table[_columns[i]], out row[i]))
                throw Wrong($"{LineError.Quote(_table[_columns[i]])} in the column {Names[i]} is no number that a "
                    + $"float32 "
                    + "holds");
    }

    /// <summary>The first column of dates; -1: none has them.</summary>
    private int TimeColumn(int[] taken)
    {
        for (int i = 0; i < _table.Columns; i++)
            if (!taken.Contains(i) && !NumberText.TryParse(_table[i], out _) && TimePoint.TryParse(_table[i], out _))
                return i;
        return -1;
    }

    private void CheckConstant(SeriesData data)
    {
        for (int i = 0; i < data.InputSize; i++)
            if (data.Groups.All(group => IsConstant(data, group, i)))
                throw new FileFormatException($"{_path}: the column {data.Names[i]} has the value "
                    + $"{data[data.Groups[0].First, i]} in every row, from line {_all[0].FirstLine} on: "
                    + (i < data.Series ? "there is nothing to forecast." : "it tells nothing; leave it out."));
    }

    private static bool IsConstant(SeriesData data, SeriesGroup group, int column)
    {
        float first = data[group.First, column];
        for (int row = group.First; row < group.End; row++)
            if (data[row, column] != first)
                return false;
        return true;
    }

    /// <summary>Lines of a file, so that room for its rows is made at once.</summary>
    private static int CountLines(FileStream stream)
    {
        byte[] buffer = new byte[1 << 16];
        long lines = 0;
        for (int read; (read = stream.Read(buffer)) > 0;)
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
        stream.Position = 0;
        return (int)Math.Min(lines, Array.MaxLength);
    }

    private string Name(int column) => _table.Header?[column] ?? $"column {column + 1}";

    private FileFormatException Wrong(string what) => LineError.At(_path, _table.Line, what);
}
