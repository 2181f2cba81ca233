using System.Text;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>An image for the terminal, two pixels in each character: in greys where colours are shown, else in half
/// blocks.</summary>
/// <param name="pixels">[Height, Width], 0 is dark.</param>
public sealed class HalfBlocks(byte[] pixels, int height, int width) : TerminalPicture
{
    private const int Lit = 96; // a thin stroke's edge counts as ink

    public override int Rows => (height + 1) / 2;

    public override void WriteRow(Terminal terminal, int row, string beside)
    {
        if (!terminal.Console.Profile.Capabilities.Ansi)
        {
            terminal.Line((Plain(row) + beside).TrimEnd());
            return;
        }
        var line = new Paragraph { Overflow = Overflow.Crop };
        for (int x = 0; x < width; x++)
            line.Append("▀", new Style(Grey(2 * row, x), Grey(2 * row + 1, x)));
        line.Append(beside);
        terminal.Console.Write(line);
        terminal.Console.WriteLine();
    }

    /// <summary>A row in block characters alone.</summary>
    public string Plain(int row)
    {
        var text = new StringBuilder(width);
        for (int x = 0; x < width; x++)
            text.Append((At(2 * row, x) >= Lit, At(2 * row + 1, x) >= Lit) switch
            {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                _ => ' ',
            });
        return text.ToString();
    }

    private Color Grey(int y, int x) => new(At(y, x), At(y, x), At(y, x));

    private byte At(int y, int x) => y < height ? pixels[y * width + x] : (byte)0;
}
