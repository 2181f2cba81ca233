using System.Text;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>Lines of C at an indentation.</summary>
internal sealed class CWriter(int indentation = 0)
{
    private readonly StringBuilder text = new();

    public int Indentation { get; private set; } = indentation;
    public int Lines { get; private set; }

    public void Line(string line)
    {
        if (line.Length > 0 && !line.StartsWith("#", StringComparison.Ordinal))
            text.Append(' ', 4 * Indentation);
        text.Append(line).Append('\n');
        Lines++;
    }

    /// <summary>Lines that another writer of the right indentation made.</summary>
    public void Append(CWriter other)
    {
        text.Append(other.text);
        Lines += other.Lines;
    }

    public void Open()
    {
        Line("{");
        Indentation++;
    }

    public void Close(string end = "}")
    {
        Indentation--;
        Line(end);
    }

    public override string ToString() => text.ToString();
}
