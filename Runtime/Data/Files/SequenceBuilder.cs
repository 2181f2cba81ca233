namespace GpuLstm.Runtime.Data.Files;

/// <summary>Collects the sequences of a file, step by step.</summary>
internal sealed class SequenceBuilder(string path, IReadOnlyList<string> features)
{
    private readonly List<float> _values = [];
    private readonly List<int> _lengths = [];
    private int _begun; // values before the current sequence

    public int Count => _lengths.Count;

    public void Add(float value)
    {
        if (_values.Count == Array.MaxLength)
            throw new FileFormatException($"{path} has more than {Array.MaxLength} values, the most that are read.");
        _values.Add(value);
    }

    /// <summary>Ends a sequence. Steps at its end of which everything is missing are padding, and no steps.</summary>
    /// <param name="keepsSteps">Whether steps are labelled, so that all of them count.</param>
    /// <exception cref="FileFormatException">It has no step.</exception>
    public void End(long line, bool keepsSteps = false)
    {
        int size = features.Count, end = _values.Count;
        while (!keepsSteps && end > _begun && AreMissing(end - size, end))
            end -= size;
        _values.RemoveRange(end, _values.Count - end);
        if (end == _begun)
            throw LineError.At(path, line, "the sequence has no values");
        _lengths.Add((end - _begun) / size);
        _begun = end;
    }

    /// <exception cref="FileFormatException">There is no sequence.</exception>
    public DataPart ToPart(LabelColumn? labels, TargetColumns? targets = null) => Count == 0
        ? throw new FileFormatException($"{path} has no sequences.")
        : new(path, new SequenceSamples([.. _values], [.. _lengths], new byte[Count], features.Count)
        {
            Targets = targets?.ToArray(),
        }, labels, features) { TargetNames = targets?.Names };

    private bool AreMissing(int start, int end)
    {
        for (int at = start; at < end; at++)
            if (!float.IsNaN(_values[at]))
                return false;
        return true;
    }

    /// <summary>Names of features that have none.</summary>
    public static string[] Numbered(int count) => [.. Enumerable.Range(1, count).Select(i => $"feature {i}")];
}
