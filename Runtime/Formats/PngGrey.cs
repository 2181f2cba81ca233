using System.Buffers.Binary;

namespace GpuLstm.Runtime.Formats;

/// <summary>Turns rows of any PNG colour type into 8-bit greys. Colours become grey by Rec. 709's weights (ITU-R
/// BT.709-6, item 3.2), taken of the stored values without undoing their gamma, as video does. What is transparent
/// shows black, because that is the paper of MNIST's images.</summary>
internal sealed class PngGrey
{
    private const int Max = ushort.MaxValue; // all depths are brought to 16 bits first

    private readonly PngHeader _header;
    private readonly byte[] _paletteGreys = [];
    private readonly int[] _transparent = []; // the one colour that is transparent, per channel, at the file's depth
    private readonly string _name;

    public PngGrey(PngChunks chunks, string name)
    {
        _header = chunks.Header;
        _name = name;
        if (_header.Colour == PngColour.Palette)
            _paletteGreys = ReadPalette(chunks.Palette, chunks.Transparency);
        else if (chunks.Transparency.Length > 0)
            _transparent = [.. Enumerable.Range(0, _header.Channels)
                .Select(c => (int)BinaryPrimitives.ReadUInt16BigEndian(chunks.Transparency.AsSpan(2 * c)))];
    }

    /// <summary>Converts a restored row; pixel i goes to <paramref name="greys"/>[i <paramref name="step"/>].</summary>
    /// <exception cref="FileFormatException">A pixel has a number that the palette lacks.</exception>
    public void Convert(ReadOnlySpan<byte> row, int width, Span<byte> greys, int step)
    {
        for (int i = 0; i < width; i++)
            greys[i * step] = _header.Colour switch
            {
                PngColour.Palette => PaletteGrey(Sample(row, i)),
                PngColour.Grey => Grey(Sample(row, i)),
                PngColour.GreyAlpha => Grey8(Scale(Sample(row, 2 * i)), Scale(Sample(row, 2 * i + 1))),
                PngColour.Rgb => Rgb(Sample(row, 3 * i), Sample(row, 3 * i + 1), Sample(row, 3 * i + 2)),
                _ => Grey8(
                    Luma(Scale(Sample(row, 4 * i)), Scale(Sample(row, 4 * i + 1)), Scale(Sample(row, 4 * i + 2))),
                    Scale(Sample(row, 4 * i + 3))),
            };
    }

    /// <summary>The n-th sample of a row, at the file's depth.</summary>
    private int Sample(ReadOnlySpan<byte> row, int n)
    {
        int depth = _header.BitDepth;
        if (depth == 8)
            return row[n];
        if (depth == 16)
            return BinaryPrimitives.ReadUInt16BigEndian(row[(2 * n)..]);
        int perByte = 8 / depth; // the leftmost pixel is in the highest bits
        int shift = 8 - depth * (n % perByte + 1);
        return (row[n / perByte] >> shift) & ((1 << depth) - 1);
    }

    /// <summary>To 16 bits; exact, for 65535 is a multiple of each depth's greatest number.</summary>
    private int Scale(int sample) => sample * (Max / ((1 << _header.BitDepth) - 1));

    private byte Grey(int sample) =>
        _transparent.Length == 1 && _transparent[0] == sample ? (byte)0 : Grey8(Scale(sample), Max);

    private byte Rgb(int red, int green, int blue) =>
        _transparent.Length == 3 && (_transparent[0], _transparent[1], _transparent[2]) == (red, green, blue)
            ? (byte)0
            : Grey8(Luma(Scale(red), Scale(green), Scale(blue)), Max);

    private byte PaletteGrey(int index) => index < _paletteGreys.Length
        ? _paletteGreys[index]
        : throw PngError.Damaged(_name, $"it uses colour {index} of a palette of {_paletteGreys.Length}");

    private static byte[] ReadPalette(byte[] colours, byte[] alphas)
    {
        byte[] greys = new byte[colours.Length / 3];
        for (int i = 0; i < greys.Length; i++)
        {
            int alpha = i < alphas.Length ? alphas[i] : 255;
            (int red, int green, int blue) = (colours[3 * i], colours[3 * i + 1], colours[3 * i + 2]);
            greys[i] = Grey8(Luma(red * 257, green * 257, blue * 257), alpha * 257); // 255 becomes 65535
        }
        return greys;
    }

    /// <summary>0.2126 R + 0.7152 G + 0.0722 B in units of 2^-16; the three weights add up to exactly 1.</summary>
    private static int Luma(int red, int green, int blue) =>
        (int)((13933L * red + 46871L * green + 4732L * blue + (1 << 15)) >> 16);

    /// <summary>Over black, rounded to 8 bits.</summary>
    private static byte Grey8(int grey, int alpha) =>
        (byte)(((long)grey * alpha * 255 + (long)Max * Max / 2) / ((long)Max * Max));
}
