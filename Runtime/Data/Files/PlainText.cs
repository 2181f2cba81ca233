using System.Text;

namespace GpuLstm.Runtime.Data.Files;

/// <summary>Reads text, and refuses a file that is none at its first zero.</summary>
internal sealed class PlainText(string path, Stream stream) : TextReader
{
    private readonly StreamReader _reader = new(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true,
        bufferSize: 1 << 16, leaveOpen: true);

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        int read = _reader.Read(buffer);
        return buffer[..read].Contains('\0')
            ? throw new FileFormatException($"{path} is no text: it has zero bytes in it.") : read;
    }

    public override int Peek() => _reader.Peek();

    public override int Read()
    {
        Span<char> one = stackalloc char[1];
        return Read(one) == 0 ? -1 : one[0];
    }

    protected override void Dispose(bool disposing)
    {
        _reader.Dispose();
        base.Dispose(disposing);
    }
}
