using System.Buffers.Binary;

namespace GpuLstm.Runtime.Formats;

/// <summary>The chunks of a PNG file that decide its pixels, each with its checksum tested.</summary>
/// <param name="Header">IHDR.</param>
/// <param name="Palette">PLTE: red, green, blue of each entry; empty without one.</param>
/// <param name="Transparency">tRNS; empty without one.</param>
/// <param name="Data">All IDAT chunks, one after the other: a zlib stream.</param>
internal sealed record PngChunks(PngHeader Header, byte[] Palette, byte[] Transparency, ArraySegment<byte> Data)
{
    private const int Overhead = 12; // length, type and CRC
    private const int MaxPaletteBytes = 256 * 3;

    /// <summary>The eight bytes that every PNG file starts with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <param name="file">The whole file.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="FileFormatException">The file is no PNG file, or damaged.</exception>
    public static PngChunks Parse(byte[] file, string name)
    {
        if (!file.AsSpan().StartsWith(Signature))
            throw new FileFormatException($"{name} is no PNG file.");
        PngHeader? header = null;
        byte[] palette = [], transparency = [];
        List<ArraySegment<byte>> data = [];
        for (int at = Signature.Length; ;)
        {
            (string type, ArraySegment<byte> content) = ReadChunk(file, at, name);
            at += content.Count + Overhead;
            if (header is null && type != "IHDR")
                throw PngError.Damaged(name, $"it starts with a {type} chunk instead of its header");
            switch (type)
            {
                case "IHDR" when header is null:
                    header = PngHeader.Parse(content, name);
                    break;
                case "PLTE" when palette.Length == 0 && data.Count == 0:
                    if (content.Count % 3 != 0 || content.Count is 0 or > MaxPaletteBytes)
                        throw PngError.Damaged(name, $"its palette has {content.Count} bytes");
                    palette = [.. content];
                    break;
                case "tRNS" when transparency.Length == 0 && data.Count == 0:
                    transparency = [.. content];
                    break;
                case "IDAT":
                    data.Add(content);
                    break;
                case "IEND":
                    return Finish(header!, palette, transparency, data, name);
                case "IHDR" or "PLTE" or "tRNS":
                    throw PngError.Damaged(name, $"it has a second or misplaced {type} chunk");
                default:
                    if (char.IsAsciiLetterUpper(type[0])) // critical: the image cannot be shown without it
                        throw PngError.Damaged(name, $"it has an unknown critical chunk, {type}");
                    break;
            }
        }
    }

    private static (string Type, ArraySegment<byte> Content) ReadChunk(byte[] file, int at, string name)
    {
        if (file.Length - at < Overhead)
            throw PngError.Damaged(name, "it ends early");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
        if (length > file.Length - at - Overhead)
            throw PngError.Damaged(name, "it ends within a chunk");
        ArraySegment<byte> typeAndContent = new(file, at + 4, 4 + (int)length);
        foreach (byte letter in typeAndContent[..4])
            if (!char.IsAsciiLetter((char)letter))
                throw PngError.Damaged(name, "it has a chunk whose type is no word");
        string type = System.Text.Encoding.ASCII.GetString(typeAndContent[..4]);
        if (PngCrc.Of(typeAndContent) != BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + (int)length)))
            throw PngError.Damaged(name, $"a {type} chunk fails its checksum");
        return (type, typeAndContent[4..]);
    }

    private static PngChunks Finish(
        PngHeader header, byte[] palette, byte[] transparency, List<ArraySegment<byte>> data, string name)
    {
        if (data.Count == 0)
            throw PngError.Damaged(name, "it has no image data");
        if (header.Colour == PngColour.Palette && palette.Length == 0)
            throw PngError.Damaged(name, "it has no palette");
        int wanted = header.Colour switch
        {
            PngColour.Grey => 2,
            PngColour.Rgb => 6,
            PngColour.Palette => Math.Min(transparency.Length, palette.Length / 3),
            _ => 0,
        };
        if (transparency.Length != 0 && transparency.Length != wanted)
            throw PngError.Damaged(name, $"its transparency has {transparency.Length} bytes");
        if (data.Count == 1)
            return new PngChunks(header, palette, transparency, data[0]);

        byte[] joined = new byte[data.Sum(part => part.Count)];
        int at = 0;
        foreach (ArraySegment<byte> part in data)
        {
            part.CopyTo(joined, at);
            at += part.Count;
        }
        return new PngChunks(header, palette, transparency, joined);
    }
}
