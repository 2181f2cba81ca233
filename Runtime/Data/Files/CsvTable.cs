using System.Globalization;
using GpuLstm.Runtime.Formats;
using Sylvan.Data.Csv;

namespace GpuLstm.Runtime.Data.Files;

/// <summary>A table of delimited text, read row by row: the delimiter is found in the first row, which is the header
/// where it has names.</summary>
internal sealed class CsvTable : IDisposable
{
    private static readonly string[] s_labelNames = ["label", "class", "target", "y"];
    private readonly string _path;
    private readonly CsvDataReader _rows;
    private bool _isPending; // the first row is read already, and no header
    private long _next = 1;

    /// <exception cref="FileFormatException">The file has no row.</exception>
    public CsvTable(string path, TextReader text)
    {
        _path = path;
        _rows = Guard(() => CsvDataReader.Create(text, new()
        {
            HasHeaders = false, Comment = '\0', MaxBufferSize = TextLines.MostCharacters,
        }));
        if (!Next())
            throw new FileFormatException($"{path} is empty.");
        _isPending = !IsHeader();
        Columns = Count;
        if (!_isPending)
            Header = [.. Enumerable.Range(0, Count).Select(i => this[i].Trim().ToString())];
    }

    /// <summary>The names of the columns; null: the table has none.</summary>
    public string[]? Header { get; }

    /// <summary>Of the first row.</summary>
    public int Columns { get; }

    /// <summary>Where the current row begins, counted from 1.</summary>
    public long Line { get; private set; }

    private int Count => _rows.RowFieldCount;

    public ReadOnlySpan<char> this[int column] => _rows.GetFieldSpan(column);

    /// <summary>Goes to the next row; blank ones are passed over.</summary>
    /// <exception cref="FileFormatException">It has not as many fields as the first, or is too long.</exception>
    public bool Read()
    {
        if (_isPending)
        {
            _isPending = false;
            return true;
        }
        if (!Next())
            return false;
        return Count == Columns ? true
            : throw LineError.At(_path, Line, $"the row has {Count} fields, where the first has {Columns}");
    }

    /// <summary>Whether it has a column of that name.</summary>
    public bool Has(string name) => Find(name) >= 0;

    /// <summary>The column that holds the class; -1: none is known to.</summary>
    public int LabelColumn(TableColumns columns)
    {
        if (columns.Targets != null)
            return -1;
        if (columns.Label is { } given)
            return columns.MayLackLabel && Header != null && Find(given) < 0 ? -1 : Column(given, "--label");
        if (Header != null)
            return Array.FindIndex(Header, name => s_labelNames.Contains(name, StringComparer.OrdinalIgnoreCase));
        int text = FirstText();
        return text >= 0 ? text : IsLabelFirst() ? 0 : -1;
    }

    /// <summary>A column by its name, or its number where there are no names.</summary>
    /// <exception cref="FileFormatException">There is none.</exception>
    public int Column(string given, string option)
    {
        if (Header is null)
            return int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && number >= 1 && number <= Columns ? number - 1 : throw Refusal.Of(_path, "cannot be read as data",
                    $"{option} says {LineError.Quote(given)}, and without a header its columns are 1 to {Columns}");
        return Find(given) is >= 0 and int found ? found : throw Refusal.Of(_path, "cannot be read as data",
            $"{option} says {LineError.Quote(given)}, and its columns are {string.Join(", ", Header)}");
    }

    /// <summary>The column of a name, in either case where none has it exactly; -1: none.</summary>
    private int Find(string name)
    {
        int exact = Header is null ? -1 : Array.IndexOf(Header, name);
        return exact >= 0 || Header is null ? exact
            : Array.FindIndex(Header, other => other.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    public void Dispose() => _rows.Dispose();

    /// <summary>Whether the file is one of the UCR archive's, which have the class first.</summary>
    private bool IsLabelFirst() => Path.GetExtension(_path).Equals(".tsv", StringComparison.OrdinalIgnoreCase)
        || FilePair.PartOf(_path) != null || Columns == PixelTable.MnistColumns;

    /// <summary>Names are no numbers; a class among numbers is none either, and makes no header.</summary>
    private bool IsHeader()
    {
        int texts = Enumerable.Range(0, Count).Count(i => !NumberText.TryParse(this[i], out _));
        return texts > 1 || texts == 1 && (Count == 1
            || s_labelNames.Contains(this[FirstText()].Trim().ToString(), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The first field of the current row that is no number; -1: all are.</summary>
    private int FirstText()
    {
        for (int i = 0; i < Count; i++)
            if (!NumberText.TryParse(this[i], out _))
                return i;
        return -1;
    }

    private bool Next() => Guard(() =>
    {
        while (_rows.Read())
        {
            Line = _next;
            _next += 1 + Math.Max(0, _rows.GetRawRecordSpan().TrimEnd("\r\n").Count('\n'));
            if (Count > 1 || !this[0].IsWhiteSpace())
                return true;
        }
        return false;
    });

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CsvRecordTooLargeException e)
        {
            throw Refusal.Of(_path, "cannot be read as data",
                $"line {_next} has more than {TextLines.MostCharacters} characters", e);
        }
        catch (Exception e) when (e is FormatException or CsvFormatException or CsvConfigurationException)
        {
            throw Refusal.Of(_path, "cannot be read as data", $"line {_next} is no delimited text: {e.Message}", e);
        }
    }
}
