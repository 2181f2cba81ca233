namespace GpuLstm.Runtime.Data.Files;

/// <summary>The numbers that are to be answered of the samples of a file.</summary>
internal sealed class TargetColumns(string path, IReadOnlyList<string> names)
{
    private readonly List<float> _values = [];

    public IReadOnlyList<string> Names => names;

    /// <summary>A sample's next number.</summary>
    /// <exception cref="FileFormatException">It is missing, or none.</exception>
    public void Add(ReadOnlySpan<char> text, long line)
    {
        float value = NumberText.Parse(text, path, line);
        Add(float.IsNaN(value) ? throw LineError.At(path, line, "the target is missing") : value);
    }

    public void Add(float value) => _values.Add(value);

    /// <summary>[N, M].</summary>
    public float[] ToArray() => [.. _values];

    /// <summary>The columns of a table that hold them; none where it may lack them, and does.</summary>
    /// <exception cref="FileFormatException">It must not lack them.</exception>
    public static int[] Of(CsvTable table, TableColumns columns) => columns.Targets is not { } names
        || columns.MayLackLabel && table.Header != null && names.All(name => !table.Has(name)) ? []
        : [.. names.Select(name => table.Column(name, "--target"))];
}
