namespace GpuLstm.Runtime.Data.Files;

/// <summary>The classes of the samples of a file, by name.</summary>
internal sealed class LabelColumn(string path)
{
    private readonly Dictionary<string, int> _known = [];
    private readonly List<(string Name, long Line)> _names = [];
    private readonly List<int> _labels = [];

    public string Path => path;

    public int Count => _labels.Count;

    /// <summary>Each class, with the line that first named it.</summary>
    public IReadOnlyList<(string Name, long Line)> Names => _names;

    /// <exception cref="FileFormatException">The name is empty.</exception>
    public void Add(ReadOnlySpan<char> name, long line)
    {
        name = name.Trim();
        if (name.Length == 0)
            throw LineError.At(path, line, "the label is missing");
        var lookup = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(name, out int label))
        {
            label = _names.Count;
            _names.Add((name.ToString(), line));
            lookup[name] = label;
        }
        _labels.Add(label);
    }

    /// <summary>A step that has none.</summary>
    public void AddNone() => _labels.Add(-1);

    /// <summary>The class of each sample, or step; null where there is none.</summary>
    public IReadOnlyList<string?> ToNames() => [.. _labels.Select(label => label < 0 ? null : _names[label].Name)];

    /// <summary>The labels of steps as numbers of classes, -1 where there is none.</summary>
    public int[] ToStepLabels(IReadOnlyList<string> classes)
    {
        int[] numbers = [.. _names.Select(one => ClassMatch.IndexOf(classes, one.Name))];
        return [.. _labels.Select(label => label < 0 ? -1 : numbers[label])];
    }

    /// <summary>The labels as numbers of classes.</summary>
    public byte[] ToLabels(IReadOnlyList<string> classes)
    {
        byte[] numbers = [.. _names.Select(one => (byte)ClassMatch.IndexOf(classes, one.Name))];
        return [.. _labels.Select(label => numbers[label])];
    }
}
