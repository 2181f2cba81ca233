using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace GpuLstm.Runtime.Formats.Torch;

/// <summary>Writes a state_dict as torch.save does: a zip archive of a pickle and the tensors' numbers. The pickle's
/// opcodes are those of Python's pickletools, protocol 2; it names nothing but what torch.load(weights_only=True)
/// takes.</summary>
public static class TorchWriter
{
    private const string Root = "archive";

    /// <summary>Zip's first date, so that the same tensors make the same file.</summary>
    private static readonly DateTimeOffset s_epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="metadata">Texts by key, in the zip archive's comment, where PyTorch does not look.</param>
    /// <exception cref="GpuLstmException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<Tensor> tensors, IReadOnlyDictionary<string, string> metadata,
        bool overwrite = true) => AtomicFile.Write(path, stream => Write(stream, tensors, metadata), overwrite);

    /// <inheritdoc cref="Write(string, IReadOnlyList{Tensor}, IReadOnlyDictionary{string, string}, bool)"/>
    public static void Write(
        Stream stream, IReadOnlyList<Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        Add(zip, "data.pkl", Pickle(tensors));
        Add(zip, "byteorder", "little"u8.ToArray());
        for (int i = 0; i < tensors.Count; i++)
            Add(zip, $"data/{i}", tensors[i].Store().Bytes);
        Add(zip, "version", "3\n"u8.ToArray());
        zip.Comment = System.Text.Json.JsonSerializer.Serialize(metadata);
    }

    private static void Add(ZipArchive zip, string name, byte[] content)
    {
        ZipArchiveEntry entry = zip.CreateEntry($"{Root}/{name}", CompressionLevel.NoCompression);
        entry.LastWriteTime = s_epoch;
        using Stream into = entry.Open();
        into.Write(content);
    }

    private static byte[] Pickle(IReadOnlyList<Tensor> tensors)
    {
        MemoryStream pickle = new();
        pickle.Write([0x80, 2]); // PROTO
        Global(pickle, "collections", "OrderedDict");
        pickle.Write(")R("u8); // EMPTY_TUPLE REDUCE MARK
        for (int i = 0; i < tensors.Count; i++)
        {
            Text(pickle, tensors[i].Name);
            Global(pickle, "torch._utils", "_rebuild_tensor_v2");
            pickle.Write("(("u8); // MARK MARK
            Text(pickle, "storage");
            Global(pickle, "torch", "FloatStorage");
            Text(pickle, $"{i}");
            Text(pickle, "cpu");
            Number(pickle, tensors[i].Values.LongLength);
            pickle.Write("tQ"u8); // TUPLE BINPERSID
            Number(pickle, 0);
            Numbers(pickle, tensors[i].Shape);
            Numbers(pickle, Strides(tensors[i].Shape));
            pickle.WriteByte(0x89); // NEWFALSE: no gradient
            Global(pickle, "collections", "OrderedDict");
            pickle.Write(")RtR"u8); // EMPTY_TUPLE REDUCE TUPLE REDUCE
        }
        pickle.Write("u."u8); // SETITEMS STOP
        return pickle.ToArray();
    }

    private static long[] Strides(long[] shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= Math.Max(1, shape[d]);
        }
        return strides;
    }

    private static void Global(MemoryStream pickle, string module, string name) =>
        pickle.Write(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    private static void Text(MemoryStream pickle, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        pickle.Write([(byte)'X', .. length, .. bytes]); // BINUNICODE
    }

    private static void Numbers(MemoryStream pickle, long[] numbers)
    {
        pickle.WriteByte((byte)'('); // MARK
        foreach (long number in numbers)
            Number(pickle, number);
        pickle.WriteByte((byte)'t'); // TUPLE
    }

    private static void Number(MemoryStream pickle, long number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        pickle.Write([0x8a, 8, .. bytes]); // LONG1
    }
}
