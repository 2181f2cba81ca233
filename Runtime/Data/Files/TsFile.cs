namespace GpuLstm.Runtime.Data.Files;

/// <summary>Reads .ts files of the UEA and UCR archives: a header of @ lines, then a case per line, its dimensions
/// between colons, their values between commas, the class last (sktime's documentation, "ts file format").</summary>
internal sealed class TsFile
{
    private readonly string _path;
    private readonly TextLines _lines;
    private readonly LabelColumn _labels;
    private readonly List<List<float>> _dimensions = [];
    private HashSet<string>? _classes;
    private bool _hasLabels;
    private TargetColumns? _targets;
    private SequenceBuilder? _sequences;

    private TsFile(string path, TextReader text) => (_path, _lines, _labels) = (path, new(path, text), new(path));

    /// <exception cref="FileFormatException">A line is not what the format has there.</exception>
    public static DataPart Read(string path, TextReader text) => new TsFile(path, text).Read();

    private DataPart Read()
    {
        bool isData = false;
        while (_lines.TryRead(out ReadOnlySpan<char> line))
        {
            line = line.Trim();
            if (line.Length == 0 || line[0] is '#' or '%')
                continue;
            if (isData)
                ReadCase(line);
            else if (line.Equals("@data", StringComparison.OrdinalIgnoreCase))
                isData = true;
            else if (line[0] == '@')
                ReadTag(line.ToString());
            else
                throw Wrong($"{LineError.Quote(line)} stands before @data, where lines start with @ or #");
        }
        return !isData ? throw Wrong("the file ends without @data")
            : _sequences is null ? throw new FileFormatException($"{_path} has no sequences.")
            : _sequences.ToPart(_hasLabels ? _labels : null, _targets);
    }

    private void ReadTag(string line)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        bool isTrue = words.Length > 1 && words[1].Equals("true", StringComparison.OrdinalIgnoreCase);
        switch (words[0].ToLowerInvariant())
        {
            case "@timestamps" when isTrue:
                throw Wrong("time stamps are not read: values alone are");
            case "@targetlabel" when isTrue:
                _targets = new(_path, ["target"]);
                break;
            case "@classlabel":
                _hasLabels = isTrue;
                _classes = words.Length > 2 ? [.. words[2..]] : null;
                break;
        }
    }

    private void ReadCase(ReadOnlySpan<char> line)
    {
        if (_hasLabels)
        {
            int colon = line.LastIndexOf(':');
            if (colon < 0)
                throw Wrong("the label is missing: the values end without a colon and a class");
            ReadOnlySpan<char> label = line[(colon + 1)..].Trim();
            if (_classes?.Contains(label.ToString()) == false)
                throw Wrong(label.Length == 0 ? "the label is missing"
                    : $"the class {LineError.Quote(label)} is not among those of @classLabel");
            _labels.Add(label, _lines.Number);
            line = line[..colon];
        }
        else if (_targets != null)
        {
            int colon = line.LastIndexOf(':');
            if (colon < 0)
                throw Wrong("the target is missing: the values end without a colon and a number");
            _targets.Add(line[(colon + 1)..], _lines.Number);
            line = line[..colon];
        }
        int count = 0;
        foreach (Range range in line.Split(':'))
            ReadDimension(line[range], count++);
        _sequences ??= new(_path, SequenceBuilder.Numbered(count));
        if (count != _dimensions.Count)
            throw Wrong($"it has {count} dimensions, where those before have {_dimensions.Count}");
        for (int t = 0; t < _dimensions[0].Count; t++)
            foreach (List<float> dimension in _dimensions)
                _sequences.Add(dimension[t]);
        _sequences.End(_lines.Number);
    }

    private void ReadDimension(ReadOnlySpan<char> text, int index)
    {
        if (index == _dimensions.Count)
            if (_sequences is null)
                _dimensions.Add([]);
            else
                throw Wrong($"it has more than the {index} dimensions of those before");
        List<float> values = _dimensions[index];
        values.Clear();
        if (text.Trim().StartsWith('('))
            throw Wrong("time stamps are not read: values alone are");
        foreach (Range range in text.Split(','))
            values.Add(NumberText.Parse(text[range], _path, _lines.Number));
        if (values.Count != _dimensions[0].Count)
            throw Wrong($"dimension {index + 1} has {values.Count} values, where the first has "
                + $"{_dimensions[0].Count}");
    }

    private FileFormatException Wrong(string what) => LineError.At(_path, Math.Max(1, _lines.Number), what);
}
