using System.IO.Compression;
using System.IO.Hashing;

namespace GpuLstm.Runtime.Formats;

/// <summary>Reads a zip archive that may be hostile: no more is allocated than its compressed data could
/// fill.</summary>
/// <param name="kind">What the file is, for messages: <c>is no valid .npz file</c>.</param>
internal sealed class ZipEntries(string name, string kind)
{
    private const int MaxDeflateRatio = 1032; // what deflate can reach at most: 258 bytes from 2 bits

    /// <summary>Opens the archive, and checks that its entries do not overlap.</summary>
    /// <exception cref="FileFormatException">It is damaged.</exception>
    public T Read<T>(Stream stream, Func<ZipArchive, T> read)
    {
        try
        {
            using ZipArchive zip = new(stream, ZipArchiveMode.Read, leaveOpen: true);
            long compressed = 0;
            foreach (ZipArchiveEntry entry in zip.Entries)
                if ((compressed += Math.Max(0, entry.CompressedLength)) > stream.Length)
                    throw Refuse("its entries overlap");
            return read(zip);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw Refusal.Of(name, kind, "its zip archive is damaged", e);
        }
    }

    /// <summary>The content of an entry.</summary>
    /// <exception cref="FileFormatException">It is damaged.</exception>
    public byte[] Inflate(ZipArchiveEntry entry)
    {
        long length = entry.Length;
        if (length < 0 || length > Array.MaxLength || length / MaxDeflateRatio > entry.CompressedLength)
            throw Refuse($"{entry.CompressedLength} bytes cannot hold '{entry.FullName}' of {length} bytes");
        if (entry.IsEncrypted)
            throw Refuse($"'{entry.FullName}' is encrypted");
        byte[] content = new byte[length];
        using Stream inflated = entry.Open();
        if (inflated.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) < content.Length)
            throw Refuse($"'{entry.FullName}' ends early");
        if (inflated.ReadByte() >= 0 || Crc32.HashToUInt32(content) != entry.Crc32) // .NET does not test the checksum
            throw Refuse($"'{entry.FullName}' fails its checksum");
        return content;
    }

    public FileFormatException Refuse(string how) => Refusal.Of(name, kind, how);
}
