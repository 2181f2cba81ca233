using System.Buffers.Binary;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Formats;

/// <summary>Reads and writes safetensors files: 8 bytes of header length (little-endian), a JSON header, the numbers
/// (format description: https://github.com/huggingface/safetensors, section "Format"). Files may be hostile: no more is
/// allocated than their size justifies.</summary>
public static class SafetensorsFile
{
    /// <summary>The reference implementation's limit.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    /// <summary>A limit of ours: whatever is larger is no LSTM.</summary>
    public const long MaxFileBytes = 1L << 34;

    private const int LengthBytes = sizeof(ulong);

    /// <summary>Reads all tensors, in the order of their data, and the metadata.</summary>
    /// <exception cref="FileFormatException">The file breaks the format's rules or exceeds a limit.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read.</exception>
    public static TensorArchive Read(string path) => DataFile.Read(path, stream => Read(stream, path));

    /// <summary>Reads from the position of a stream to its end.</summary>
    /// <param name="stream">Must know its length.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FileFormatException">The file breaks the format's rules or exceeds a limit.</exception>
    public static TensorArchive Read(Stream stream, string name)
    {
        FileFormatException Refuse(string how) => Refusal.Of(name, "is no valid safetensors file", how);

        long fileBytes = stream.Length - stream.Position;
        Span<byte> length = stackalloc byte[LengthBytes];
        if (stream.ReadAtLeast(length, LengthBytes, throwOnEndOfStream: false) < LengthBytes)
            throw Refuse($"it has only {fileBytes} bytes");
        if (fileBytes > MaxFileBytes)
            throw Refuse($"it has {fileBytes} bytes, more than the {MaxFileBytes} allowed");
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (headerBytes > MaxHeaderBytes)
            throw Refuse($"its header of {headerBytes} bytes exceeds the format's limit of {MaxHeaderBytes}");
        if (headerBytes > (ulong)(fileBytes - LengthBytes))
            throw Refuse($"it ends within its header of {headerBytes} bytes");

        byte[] json = new byte[headerBytes];
        stream.ReadExactly(json);
        SafetensorsHeader header = SafetensorsHeader.Parse(json, fileBytes - LengthBytes - json.Length, Refuse);
        List<StoredTensor> tensors = [];
        foreach (SafetensorsEntry entry in header.Entries)
        {
            if (entry.End - entry.Begin > Array.MaxLength)
                throw Refuse(
                    $"'{entry.Name}' has {entry.End - entry.Begin} bytes, more than the {Array.MaxLength} allowed");
            byte[] bytes = new byte[entry.End - entry.Begin];
            stream.ReadExactly(bytes);
            tensors.Add(new StoredTensor(entry.Name, entry.Type, entry.Shape, bytes));
        }
        return new TensorArchive(name, tensors, header.Metadata);
    }

    /// <summary>Writes float32 tensors.</summary>
    /// <exception cref="ArgumentException">A name is given twice or reserved.</exception>
    /// <exception cref="GpuLstmException">The file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        bool overwrite = true) =>
        Write(path, [.. tensors.Select(t => t.Store())], metadata, overwrite);

    /// <inheritdoc cref="Write(string, IEnumerable{Tensor}, IReadOnlyDictionary{string, string}?, bool)"/>
    public static void Write(
        string path, IReadOnlyList<StoredTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        bool overwrite = true) => AtomicFile.Write(path, stream => Write(stream, tensors, metadata), overwrite);

    /// <summary>Writes tensors, the widest types first so that all data are aligned, else in the order given.</summary>
    /// <param name="stream">Written at its position; left open.</param>
    /// <param name="tensors">With names that differ.</param>
    /// <param name="metadata">Texts by key.</param>
    /// <exception cref="ArgumentException">A name is given twice or reserved.</exception>
    public static void Write(
        Stream stream, IReadOnlyList<StoredTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (tensors.DistinctBy(t => t.Name).Count() != tensors.Count
            || tensors.Any(t => t.Name == SafetensorsHeader.MetadataKey))
            throw new ArgumentException("Names of tensors must differ and not be reserved.", nameof(tensors));
        StoredTensor[] ordered = [.. tensors.OrderByDescending(t => t.Type.SizeInBytes())];
        long at = 0;
        List<SafetensorsEntry> entries = [];
        foreach (StoredTensor tensor in ordered)
        {
            entries.Add(new SafetensorsEntry(tensor.Name, tensor.Type, tensor.Shape, at, at + tensor.Bytes.Length));
            at += tensor.Bytes.Length;
        }
        byte[] header = new SafetensorsHeader(entries, metadata ?? new Dictionary<string, string>()).ToBytes();
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (StoredTensor tensor in ordered)
            stream.Write(tensor.Bytes);
    }
}
