using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.Fuzz;

/// <summary>Makes checksums and lengths of damaged files right again.</summary>
internal static partial class Repairs
{
    private const int PngSignature = 8, PngOverhead = 12;

    /// <summary>The length of a safetensors header, where its last brace is, and as much data as it wants.</summary>
    public static byte[] Safetensors(byte[] file)
    {
        int end = Array.LastIndexOf(file, (byte)'}') + 1;
        while (end > 0 && end < file.Length && file[end] == ' ')
            end++;
        if (end <= sizeof(long))
            return file;
        BinaryPrimitives.WriteInt64LittleEndian(file, end - sizeof(long));
        string header = Encoding.Latin1.GetString(file.AsSpan(0, end));
        int data = OffsetEnd().Matches(header).Select(m => int.Parse(m.Groups[1].Value)).DefaultIfEmpty().Max();
        Array.Resize(ref file, end + data);
        return file;
    }

    /// <summary>The checksum of each PNG chunk.</summary>
    public static byte[] Png(byte[] file)
    {
        for (int at = PngSignature; at + PngOverhead <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - PngOverhead)
                break;
            int end = at + 8 + (int)length;
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(end), Crc32(file.AsSpan(at + 4, 4 + (int)length)));
            at = end + 4;
        }
        return file;
    }

    /// <summary>A zip archive of damaged .npy arrays, itself whole.</summary>
    public static byte[] Npz(byte[] file)
    {
        MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (string name in new[] { "a.npy", "b/kernel.npy" })
                using (Stream entry = zip.CreateEntry(name).Open())
                    entry.Write(file);
        return stream.ToArray();
    }

    /// <summary>A gzip file of damaged content, itself whole.</summary>
    public static byte[] Gzip(byte[] file)
    {
        try
        {
            using GZipStream inflated = new(new MemoryStream(file), CompressionMode.Decompress);
            byte[] content = new byte[1 << 12];
            int length = inflated.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return IdxFolder.Gzip(content[..length]);
        }
        catch (InvalidDataException)
        {
            return IdxFolder.Gzip(file);
        }
    }

    [GeneratedRegex(@",\s*([0-9]{1,5})\]\}")]
    private static partial Regex OffsetEnd();

    /// <summary>Bit by bit (ISO 3309).</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }
}
