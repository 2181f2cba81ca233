using System.Buffers.Binary;
using System.IO.Compression;

namespace GpuLstm.Runtime.Formats;

/// <summary>Encodes 8-bit PNG images (PNG specification, third edition). Each row is stored as it is or as its
/// difference to the row above, whichever has the smaller sum of magnitudes (the specification's heuristic, section
/// 12.7).</summary>
public static class PngWriter
{
    private const int Overhead = 12; // length, type and CRC of a chunk

    /// <summary>Writes an image.</summary>
    /// <param name="stream">Written at its position; left open.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="pixels">[height, width, channels] bytes.</param>
    /// <param name="channels">1 grey, 2 grey and alpha, 3 red, green, blue, 4 with alpha.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public static void Write(Stream stream, int width, int height, ReadOnlySpan<byte> pixels, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, 4);
        if (pixels.Length != (long)width * height * channels)
            throw new ArgumentException(
                $"{width}x{height}x{channels} pixels do not have {pixels.Length} bytes.", nameof(pixels));

        PngColour colour = channels switch
        {
            1 => PngColour.Grey,
            2 => PngColour.GreyAlpha,
            3 => PngColour.Rgb,
            _ => PngColour.Rgba,
        };
        Span<byte> header = stackalloc byte[PngHeader.Bytes];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = (byte)colour;

        stream.Write(PngChunks.Signature);
        WriteChunk(stream, "IHDR"u8, header);
        WriteChunk(stream, "IDAT"u8, Compress(pixels, width * channels));
        WriteChunk(stream, "IEND"u8, []);
    }

    private static ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> pixels, int rowBytes)
    {
        MemoryStream compressed = new();
        using (ZLibStream deflate = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            byte[] difference = new byte[rowBytes];
            ReadOnlySpan<byte> above = new byte[rowBytes];
            for (int at = 0; at < pixels.Length; at += rowBytes)
            {
                ReadOnlySpan<byte> row = pixels.Slice(at, rowBytes);
                for (int i = 0; i < rowBytes; i++)
                    difference[i] = (byte)(row[i] - above[i]);
                bool up = SumOfMagnitudes(difference) < SumOfMagnitudes(row);
                deflate.WriteByte((byte)(up ? PngFilter.Up : PngFilter.None));
                deflate.Write(up ? difference : row);
                above = row;
            }
        }
        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    private static long SumOfMagnitudes(ReadOnlySpan<byte> row)
    {
        long sum = 0;
        foreach (byte value in row)
            sum += Math.Abs((int)(sbyte)value);
        return sum;
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = new byte[data.Length + Overhead];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        Span<byte> typeAndData = chunk.AsSpan(4, 4 + data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), PngCrc.Of(typeAndData));
        stream.Write(chunk);
    }
}
