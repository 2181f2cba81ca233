using System.Globalization;

namespace GpuLstm.Runtime.Formats;

/// <summary>The Python dictionary of a .npy header. Its keys may come in any order (numpy.lib.format: "a reader must
/// not depend on this").</summary>
internal sealed class NpyDictionary
{
    private readonly string _text;
    private int _at;

    private NpyDictionary(string text) => _text = text;

    /// <summary>The type as NumPy writes it, such as &lt;f4.</summary>
    public string? Descr { get; private set; }

    public bool? FortranOrder { get; private set; }

    public long[]? Shape { get; private set; }

    /// <summary>Parses the dictionary; null where it is none of exactly these three keys.</summary>
    public static NpyDictionary? Parse(string text)
    {
        NpyDictionary dictionary = new(text);
        return dictionary.ParseAll() ? dictionary : null;
    }

    private bool ParseAll()
    {
        if (!Take('{'))
            return false;
        while (!Take('}'))
        {
            if (ReadText() is not { } key || !Take(':') || !ReadValue(key))
                return false;
            if (!Take(',') && !Next('}'))
                return false;
        }
        SkipSpace();
        return _at == _text.Length && Descr is not null && FortranOrder is not null && Shape is not null;
    }

    private bool ReadValue(string key) => key switch
    {
        "descr" => Descr is null && (Descr = ReadText()) is not null,
        "fortran_order" => FortranOrder is null && (FortranOrder = ReadBool()) is not null,
        "shape" => Shape is null && (Shape = ReadTuple()) is not null,
        _ => false,
    };

    private string? ReadText()
    {
        SkipSpace();
        if (_at == _text.Length || _text[_at] is not ('\'' or '"'))
            return null;
        int end = _text.IndexOf(_text[_at], _at + 1);
        if (end < 0)
            return null;
        string content = _text[(_at + 1)..end];
        _at = end + 1;
        return content;
    }

    private bool? ReadBool() => TakeWord("True") ? true : TakeWord("False") ? false : null;

    private long[]? ReadTuple()
    {
        List<long> sizes = [];
        if (!Take('('))
            return null;
        while (!Take(')'))
        {
            if (ReadNumber() is not { } size)
                return null;
            sizes.Add(size);
            if (!Take(',') && !Next(')'))
                return null;
        }
        return [.. sizes];
    }

    private long? ReadNumber()
    {
        SkipSpace();
        int start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            _at++;
        ReadOnlySpan<char> digits = _text.AsSpan(start, _at - start);
        TakeWord("L"); // Python 2 marked long numbers
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
    }

    private bool Next(char c)
    {
        SkipSpace();
        return _at < _text.Length && _text[_at] == c;
    }

    private bool Take(char c)
    {
        bool taken = Next(c);
        _at += taken ? 1 : 0;
        return taken;
    }

    private bool TakeWord(string word)
    {
        SkipSpace();
        bool taken = string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0;
        _at += taken ? word.Length : 0;
        return taken;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }
}
