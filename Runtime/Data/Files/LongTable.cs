using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Runtime.Data.Files;

/// <summary>Tables of one row per step: a column tells which sequence, one its class, one may tell the time, the others
/// are features.</summary>
internal sealed class LongTable
{
    private readonly string _path;
    private readonly CsvTable _table;
    private readonly int _sequence, _label, _time;
    private readonly bool _isPerStep;
    private readonly int[] _features, _targets;
    private readonly TargetColumns _answers;
    private readonly List<Sequence> _sequences = [];
    private readonly Dictionary<string, Sequence> _known = [];

    /// <summary>What has been read of a sequence.</summary>
    private sealed class Sequence(string label, string[] targets, long line)
    {
        public string Label => label;
        public string[] Targets => targets;
        public long Line => line;
        public List<float> Values { get; } = [];
        public List<double> Times { get; } = [];
        public List<string> StepLabels { get; } = [];
    }

    private LongTable(string path, CsvTable table, TableColumns columns)
    {
        (_path, _table, _isPerStep) = (path, table, columns.PerStep);
        _sequence = table.Column(columns.Sequence!, "--sequence");
        _label = table.LabelColumn(columns);
        _targets = TargetColumns.Of(table, columns);
        _answers = new(path, columns.Targets ?? []);
        _time = columns.Time is { } time ? table.Column(time, "--time") : -1;
        _features = [.. Enumerable.Range(0, table.Columns)
            .Where(i => i != _sequence && i != _label && i != _time && !_targets.Contains(i))];
        if (_features.Length == 0)
            throw new FileFormatException($"{path} has no column of values beside those that are named.");
    }

    /// <exception cref="FileFormatException">A row is not like the first, or has a text among its numbers.</exception>
    public static DataPart Read(string path, CsvTable table, TableColumns columns) =>
        new LongTable(path, table, columns).Read();

    private DataPart Read()
    {
        while (_table.Read())
            ReadStep();
        string[] names = _table.Header is { } header ? [.. _features.Select(i => header[i])]
            : SequenceBuilder.Numbered(_features.Length);
        SequenceBuilder sequences = new(_path, names);
        LabelColumn labels = new(_path);
        foreach (Sequence sequence in _sequences)
        {
            foreach (int step in Order(sequence))
            {
                for (int i = 0; i < _features.Length; i++)
                    sequences.Add(sequence.Values[step * _features.Length + i]);
                if (_isPerStep && _label >= 0)
                    AddStep(labels, sequence.StepLabels[step], sequence.Line);
            }
            if (_label >= 0 && !_isPerStep)
                labels.Add(sequence.Label, sequence.Line);
            foreach (string target in sequence.Targets)
                _answers.Add(target, sequence.Line);
            sequences.End(sequence.Line, keepsSteps: _isPerStep);
        }
        return sequences.ToPart(_label >= 0 ? labels : null, _targets.Length > 0 ? _answers : null) with
        {
            IsPerStep = _isPerStep && _label >= 0,
        };
    }

    private static void AddStep(LabelColumn labels, string label, long line)
    {
        if (label.Length == 0)
            labels.AddNone(); // a step of which nothing is known
        else
            labels.Add(label, line);
    }

    private void ReadStep()
    {
        var lookup = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        ReadOnlySpan<char> id = _table[_sequence].Trim(), label = _label >= 0 ? _table[_label].Trim() : "";
        if (id.Length == 0)
            throw Wrong("the sequence that the step belongs to is missing");
        if (!lookup.TryGetValue(id, out Sequence? sequence))
        {
            sequence = new(label.ToString(), [.. _targets.Select(i => _table[i].Trim().ToString())], _table.Line);
            _sequences.Add(sequence);
            lookup[id] = sequence;
        }
        else
            CheckAlike(sequence, id, label);
        if (_isPerStep)
            sequence.StepLabels.Add(label.ToString());
        foreach (int column in _features)
            sequence.Values.Add(NumberText.TryParse(_table[column], out float value) ? value
                : throw Wrong($"{LineError.Quote(_table[column])} in the column "
                    + $"{_table.Header?[column] ?? $"{column + 1}"} is no number that a float32 holds"));
        if (_time >= 0)
            sequence.Times.Add(TimePoint.TryParse(_table[_time], out TimePoint time) ? time.Value
                : throw Wrong($"the time {LineError.Quote(_table[_time].Trim())} is neither a number nor a date"));
    }

    /// <summary>What belongs to a whole sequence is told alike at each of its steps.</summary>
    private void CheckAlike(Sequence sequence, ReadOnlySpan<char> id, ReadOnlySpan<char> label)
    {
        if (!_isPerStep && !label.SequenceEqual(sequence.Label))
            throw Wrong($"the sequence {LineError.Quote(id)} has the label {LineError.Quote(label)}, and "
                + $"{LineError.Quote(sequence.Label)} in line {sequence.Line}: --per-step takes a label for each step");
        for (int k = 0; k < _targets.Length; k++)
            if (!_table[_targets[k]].Trim().SequenceEqual(sequence.Targets[k]))
                throw Wrong($"the sequence {LineError.Quote(id)} has the target "
                    + $"{LineError.Quote(_table[_targets[k]])}, "
                    + $"and {LineError.Quote(sequence.Targets[k])} in line {sequence.Line}");
    }

    private IEnumerable<int> Order(Sequence sequence)
    {
        IEnumerable<int> steps = Enumerable.Range(0, sequence.Values.Count / _features.Length);
        return _time < 0 ? steps : steps.OrderBy(step => sequence.Times[step]); // stable: equal times keep their order
    }

    private FileFormatException Wrong(string what) => LineError.At(_path, _table.Line, what);
}
