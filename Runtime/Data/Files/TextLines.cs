namespace GpuLstm.Runtime.Data.Files;

/// <summary>The lines of a text one after the other, in a buffer that grows with the longest.</summary>
internal sealed class TextLines(string path, TextReader text)
{
    /// <summary>Characters of the longest line that is read: more would be no data that anyone keeps so.</summary>
    public const int MostCharacters = 1 << 26;

    private char[] _buffer = new char[1 << 14];
    private int _start, _end; // what is read and not given yet

    /// <summary>Of the line last read, counted from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its end; valid until the next call.</summary>
    /// <returns>False: there is none.</returns>
    /// <exception cref="FileFormatException">It is too long.</exception>
    public bool TryRead(out ReadOnlySpan<char> line)
    {
        int searched = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf('\n');
            if (found >= 0)
            {
                line = _buffer.AsSpan(_start, searched + found).TrimEnd('\r');
                _start += searched + found + 1;
                Number++;
                return true;
            }
            searched = _end - _start;
            if (Fill())
                continue;
            line = _buffer.AsSpan(_start, searched).TrimEnd('\r');
            _start = _end;
            Number += searched > 0 ? 1 : 0;
            return searched > 0;
        }
    }

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end >= MostCharacters)
            throw LineError.At(path, Number + 1, $"it has more than {MostCharacters} characters");
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        int read = text.Read(_buffer.AsSpan(_end));
        _end += read;
        return read > 0;
    }
}
