using System.IO.Compression;

namespace GpuLstm.Runtime.Formats;

/// <summary>Decodes PNG files of every colour type and depth, interlaced or not (PNG specification, third edition,
/// W3C 2025), into greys. Files may be hostile: nothing larger is allocated than their compressed data could
/// fill.</summary>
public static class PngReader
{
    private const int MaxDeflateRatio = 1032; // what deflate can reach at most: 258 bytes from 2 bits

    /// <summary>Whether the bytes start as a PNG file does; eight are enough.</summary>
    public static bool IsPng(ReadOnlySpan<byte> start) => start.StartsWith(PngChunks.Signature);

    /// <summary>Decodes to grey: colours by Rec. 709 luma, alpha over black.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FileFormatException">The file is no PNG file, damaged, or above 64 megapixels.</exception>
    public static GreyImage ReadGrey(byte[] file, string name)
    {
        PngChunks chunks = PngChunks.Parse(file, name);
        PngHeader header = chunks.Header;
        if (header.InflatedBytes > (long)chunks.Data.Count * MaxDeflateRatio)
            throw PngError.Damaged(
                name, $"{chunks.Data.Count} bytes cannot hold its {header.Width}x{header.Height} pixels");
        try
        {
            using MemoryStream data = new(chunks.Data.Array!, chunks.Data.Offset, chunks.Data.Count, writable: false);
            using ZLibStream inflated = new(data, CompressionMode.Decompress);
            byte[] pixels = Decode(header, inflated, new PngGrey(chunks, name), name);
            inflated.ReadByte(); // the zlib checksum is tested only when the end is read
            return new GreyImage(header.Width, header.Height, pixels);
        }
        catch (Exception e) when (e is InvalidDataException or IOException) // zlib's own errors are IOExceptions
        {
            throw PngError.Damaged(name, "its image data cannot be decompressed", e);
        }
    }

    private static byte[] Decode(PngHeader header, ZLibStream inflated, PngGrey grey, string name)
    {
        byte[] pixels = new byte[header.Width * header.Height];
        byte[] row = new byte[1 + header.RowBytes(header.Width)]; // with its filter byte
        byte[] above = new byte[row.Length];
        foreach (PngPass pass in PngPass.Of(header))
        {
            int rowBytes = (int)header.RowBytes(pass.Width);
            Array.Clear(above);
            for (int y = 0; y < pass.Height; y++)
            {
                Span<byte> filtered = row.AsSpan(0, 1 + rowBytes);
                if (inflated.ReadAtLeast(filtered, filtered.Length, throwOnEndOfStream: false) < filtered.Length)
                    throw PngError.Damaged(name, "its image data end early");
                if (!PngFilter.Undo(row[0], row.AsSpan(1, rowBytes), above.AsSpan(1, rowBytes), header.FilterStride))
                    throw PngError.Damaged(name, $"it uses the unknown filter {row[0]}");
                long start = (long)(pass.Y + y * pass.StepY) * header.Width + pass.X;
                grey.Convert(row.AsSpan(1, rowBytes), pass.Width, pixels.AsSpan((int)start), pass.StepX);
                (row, above) = (above, row);
            }
        }
        return pixels;
    }
}
