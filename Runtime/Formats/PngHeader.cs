using System.Buffers.Binary;

namespace GpuLstm.Runtime.Formats;

/// <summary>PNG's colour types, with the specification's numbers.</summary>
internal enum PngColour
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>The IHDR chunk (PNG specification, third edition, section 11.2.1).</summary>
internal sealed record PngHeader(int Width, int Height, int BitDepth, PngColour Colour, bool IsInterlaced)
{
    public const int Bytes = 13;
    private const long MaxPixels = 64L << 20;

    public int Channels => Colour switch
    {
        PngColour.GreyAlpha => 2,
        PngColour.Rgb => 3,
        PngColour.Rgba => 4,
        _ => 1,
    };

    /// <summary>Bytes from a pixel to the next as the filters see it, at least 1.</summary>
    public int FilterStride => Math.Max(Channels * BitDepth / 8, 1);

    /// <summary>Bytes of a row of so many pixels, without its filter byte.</summary>
    public long RowBytes(int width) => ((long)width * Channels * BitDepth + 7) / 8;

    /// <summary>Bytes of all rows of all passes, with their filter bytes.</summary>
    public long InflatedBytes => PngPass.Of(this).Sum(pass => pass.Height * (1 + RowBytes(pass.Width)));

    /// <exception cref="FileFormatException">A field has a value that the specification does not allow, or there are
    /// more than 64 megapixels.</exception>
    public static PngHeader Parse(ReadOnlySpan<byte> data, string name)
    {
        if (data.Length != Bytes)
            throw PngError.Damaged(name, $"its header has {data.Length} bytes, not {Bytes}");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(data);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        if (width == 0 || height == 0 || width > int.MaxValue || height > int.MaxValue)
            throw PngError.Damaged(name, $"its size of {width}x{height} is impossible");
        if ((long)width * height > MaxPixels)
            throw new FileFormatException(
                $"{name} is too large: it has {width}x{height} pixels, and {MaxPixels} are read at most.");
        byte depth = data[8], colour = data[9], compression = data[10], filter = data[11], interlace = data[12];
        if (!IsAllowed((PngColour)colour, depth))
            throw PngError.Damaged(name, $"it has colour type {colour} with {depth} bits, which do not go together");
        if (compression != 0 || filter != 0 || interlace > 1)
            throw new FileFormatException(
                $"{name} is a PNG file of an unknown kind (compression {compression}, filter {filter}, "
                + $"interlace {interlace}).");
        return new PngHeader((int)width, (int)height, depth, (PngColour)colour, interlace == 1);
    }

    private static bool IsAllowed(PngColour colour, int depth) => colour switch
    {
        PngColour.Grey => depth is 1 or 2 or 4 or 8 or 16,
        PngColour.Palette => depth is 1 or 2 or 4 or 8,
        PngColour.Rgb or PngColour.GreyAlpha or PngColour.Rgba => depth is 8 or 16,
        _ => false,
    };
}

/// <summary>One pass over an image: it holds pixel (X + i StepX, Y + j StepY) as its pixel (i, j).</summary>
internal readonly record struct PngPass(int X, int Y, int StepX, int StepY, int Width, int Height)
{
    // Adam7's passes: PNG specification, third edition, section 8.1.
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>The passes that have pixels, in the file's order.</summary>
    public static IEnumerable<PngPass> Of(PngHeader header) =>
        (header.IsInterlaced ? Adam7 : [(0, 0, 1, 1)])
        .Select(pass => new PngPass(pass.X, pass.Y, pass.StepX, pass.StepY,
            Count(header.Width, pass.X, pass.StepX), Count(header.Height, pass.Y, pass.StepY)))
        .Where(pass => pass.Width > 0 && pass.Height > 0);

    private static int Count(int size, int first, int step) => size <= first ? 0 : (size - first - 1) / step + 1;
}
