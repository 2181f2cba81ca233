using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace GpuLstm.Tests.Data;

/// <summary>Writes PNG files of every kind, good and broken, sharing no code with the reader. Row y goes through
/// filter y mod 5, so that every filter meets every kind.</summary>
internal sealed class PngBuilder(int width, int height, int depth, int colour)
{
    private readonly List<byte> _file = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10];

    public int Channels => colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>A whole file of one image.</summary>
    /// <param name="sample">The sample at (x, y, channel).</param>
    /// <param name="interlaced">Adam7.</param>
    /// <param name="palette">PLTE or null.</param>
    /// <param name="transparency">tRNS or null.</param>
    /// <param name="dataChunks">Into how many IDAT chunks the data go.</param>
    public byte[] Build(Func<int, int, int, int> sample, bool interlaced = false, byte[]? palette = null,
        byte[]? transparency = null, int dataChunks = 1)
    {
        Header(interlaced);
        if (palette is not null)
            Chunk("PLTE", palette);
        if (transparency is not null)
            Chunk("tRNS", transparency);
        Chunk("tEXt", "Comment\0made by a test"u8.ToArray());
        byte[] data = Compress(interlaced ? Interlaced(sample) : Rows(width, height, sample));
        for (int i = 0; i < dataChunks; i++)
            Chunk("IDAT", data[(data.Length * i / dataChunks)..(data.Length * (i + 1) / dataChunks)]);
        return End();
    }

    public PngBuilder Header(bool interlaced = false)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colour, interlaced ? (byte)1 : (byte)0);
        return Chunk("IHDR", header);
    }

    public PngBuilder Chunk(string type, byte[] data, uint crcError = 0)
    {
        byte[] typeAndData = [.. Encoding.ASCII.GetBytes(type), .. data];
        _file.AddRange(BigEndian((uint)data.Length));
        _file.AddRange(typeAndData);
        _file.AddRange(BigEndian(Crc(typeAndData) ^ crcError));
        return this;
    }

    public byte[] End()
    {
        Chunk("IEND", []);
        return [.. _file];
    }

    public static byte[] Compress(byte[] data)
    {
        using MemoryStream compressed = new();
        using (ZLibStream deflate = new(compressed, CompressionLevel.Optimal))
            deflate.Write(data);
        return compressed.ToArray();
    }

    /// <summary>Filtered rows of one image or pass.</summary>
    public byte[] Rows(int columns, int rows, Func<int, int, int, int> sample)
    {
        List<byte> bytes = [];
        int stride = Math.Max(1, Channels * depth / 8);
        byte[] above = new byte[(columns * Channels * depth + 7) / 8];
        for (int y = 0; y < rows; y++)
        {
            byte[] row = new byte[above.Length];
            for (int n = 0; n < columns * Channels; n++)
            {
                int value = sample(n / Channels, y, n % Channels);
                for (int bit = 0; bit < depth; bit++) // bit by bit: slow, and obviously right
                    if ((value >> (depth - 1 - bit) & 1) != 0)
                        row[(n * depth + bit) / 8] |= (byte)(0x80 >> (n * depth + bit) % 8);
            }
            bytes.Add((byte)(y % 5));
            for (int i = 0; i < row.Length; i++)
            {
                int left = i < stride ? 0 : row[i - stride], corner = i < stride ? 0 : above[i - stride];
                int guess = (y % 5) switch
                {
                    0 => 0,
                    1 => left,
                    2 => above[i],
                    3 => (left + above[i]) / 2,
                    _ => new[] { left, above[i], corner }.MinBy(value => Math.Abs(left + above[i] - corner - value)),
                };
                bytes.Add((byte)(row[i] - guess));
            }
            above = row;
        }
        return [.. bytes];
    }

    private byte[] Interlaced(Func<int, int, int, int> sample)
    {
        // The specification's picture of the 8x8 pattern: which pass holds a pixel.
        string[] pattern =
            ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];
        List<byte> bytes = [];
        for (char pass = '1'; pass <= '7'; pass++)
        {
            int[] ys = [.. Enumerable.Range(0, height).Where(y => pattern[y % 8].Contains(pass))];
            if (ys.Length == 0)
                continue;
            int[] xs = [.. Enumerable.Range(0, width).Where(x => pattern[ys[0] % 8][x % 8] == pass)];
            if (xs.Length > 0)
                bytes.AddRange(Rows(xs.Length, ys.Length, (x, y, channel) => sample(xs[x], ys[y], channel)));
        }
        return [.. bytes];
    }

    private static byte[] BigEndian(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static uint Crc(byte[] data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
            for (int bit = 0; bit < 8; bit++)
                crc = ((crc ^ (uint)(value >> bit)) & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        return ~crc;
    }
}
