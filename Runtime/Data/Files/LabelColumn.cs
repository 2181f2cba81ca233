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

    /// <summary>The class of each sample.</summary>
    public IReadOnlyList<string> ToNames() => [.. _labels.Select(label => _names[label].Name)];

    /// <summary>The labels as numbers of classes.</summary>
    public byte[] ToLabels(IReadOnlyList<string> classes)
    {
        byte[] numbers = [.. _names.Select(one => (byte)ClassMatch.IndexOf(classes, one.Name))];
        return [.. _labels.Select(label => numbers[label])];
    }
}
