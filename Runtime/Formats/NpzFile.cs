using System.IO.Compression;
using System.Text.Json;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Formats;

/// <summary>Reads and writes .npz files: a zip archive of .npy arrays, stored or deflated (NumPy's documentation,
/// numpy.savez). Texts by key are JSON in the archive's comment, where NumPy does not look. Files may be hostile: no
/// more is allocated than their compressed data could fill.</summary>
public static class NpzFile
{
    private const string Extension = ".npy";

    /// <summary>Zip's first date, so that the same arrays make the same file.</summary>
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Reads all arrays in the order of the archive; names lose their .npy.</summary>
    /// <exception cref="FileFormatException">The file is damaged, or an entry is no array of plain numbers.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read.</exception>
    public static TensorArchive Read(string path) => DataFile.Read(path, stream => Read(stream, path));

    /// <summary>Reads from a stream that can seek.</summary>
    /// <param name="stream">Left open.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FileFormatException">As above.</exception>
    public static TensorArchive Read(Stream stream, string name)
    {
        ZipEntries entries = new(name, "is no valid .npz file");
        return entries.Read(stream, zip =>
        {
            List<StoredTensor> tensors = [];
            HashSet<string> names = [];
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                if (!entry.FullName.EndsWith(Extension, StringComparison.Ordinal))
                    throw entries.Refuse($"it holds '{entry.FullName}', which is no .npy array");
                string tensor = entry.FullName[..^Extension.Length];
                if (!names.Add(tensor))
                    throw entries.Refuse($"it holds '{tensor}' twice");
                tensors.Add(NpyFile.Parse(entries.Inflate(entry), tensor, name, $"'{tensor}': "));
            }
            return new TensorArchive(name, tensors, Metadata(zip.Comment));
        });
    }

    /// <summary>Writes float32 arrays, not compressed.</summary>
    /// <exception cref="ArgumentException">A name is given twice.</exception>
    /// <exception cref="GpuLstmException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Tensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null, bool overwrite = true) =>
        AtomicFile.Write(path,
            stream => Write(stream, [.. tensors.Select(t => t.Store())], metadata: metadata), overwrite);

    /// <summary>Writes arrays to a stream, left open.</summary>
    /// <param name="stream">Written at its position.</param>
    /// <param name="tensors">With names that differ.</param>
    /// <param name="compress">Whether to deflate them.</param>
    /// <param name="metadata">Texts by key.</param>
    /// <exception cref="ArgumentException">A name is given twice, or NumPy has no such type.</exception>
    public static void Write(Stream stream, IReadOnlyList<StoredTensor> tensors, bool compress = false,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (tensors.DistinctBy(t => t.Name).Count() != tensors.Count)
            throw new ArgumentException("Names of tensors must differ.", nameof(tensors));
        using ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (StoredTensor tensor in tensors)
        {
            ZipArchiveEntry entry = zip.CreateEntry(
                tensor.Name + Extension, compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            entry.LastWriteTime = Epoch;
            using Stream content = entry.Open();
            NpyFile.Write(content, tensor);
        }
        if (metadata is not null)
            zip.Comment = JsonSerializer.Serialize(metadata);
    }

    /// <summary>The texts in an archive's comment; none where it is a comment of another kind.</summary>
    internal static Dictionary<string, string> Metadata(string comment)
    {
        try
        {
            var texts = JsonSerializer.Deserialize<Dictionary<string, string?>>(comment);
            return texts?.Where(t => t.Value is not null).ToDictionary(t => t.Key, t => t.Value!) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
