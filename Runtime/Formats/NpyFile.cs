using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Formats;

/// <summary>Reads and writes .npy files, one array each (NumPy's documentation, numpy.lib.format).</summary>
public static class NpyFile
{
    /// <summary>Reads an array of any plain type, byte order and memory order.</summary>
    /// <exception cref="FileFormatException">The file breaks the format's rules, or holds no plain numbers.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read.</exception>
    public static StoredTensor Read(string path) => DataFile.Read(path, stream => Read(stream, path));

    /// <summary>Reads from the position of a stream to its end.</summary>
    /// <param name="stream">Must know its length.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FileFormatException">As above.</exception>
    public static StoredTensor Read(Stream stream, string name)
    {
        long length = stream.Length - stream.Position;
        if (length > Array.MaxLength)
            throw new FileFormatException($"{name} has {length} bytes, more than the {Array.MaxLength} allowed.");
        byte[] file = new byte[length];
        stream.ReadExactly(file);
        return Parse(file, Path.GetFileNameWithoutExtension(name), name);
    }

    /// <summary>Writes an array, version 1.0, row-major.</summary>
    /// <exception cref="ArgumentException">NumPy has no such type.</exception>
    /// <exception cref="GpuLstmException">The file cannot be written.</exception>
    public static void Write(string path, StoredTensor tensor, bool overwrite = true) =>
        AtomicFile.Write(path, stream => Write(stream, tensor), overwrite);

    /// <inheritdoc cref="Write(string, StoredTensor, bool)"/>
    public static void Write(Stream stream, StoredTensor tensor)
    {
        stream.Write(new NpyHeader(tensor.Type, BigEndian: false, FortranOrder: false, tensor.Shape).ToBytes());
        stream.Write(tensor.Bytes);
    }

    /// <param name="file">The whole file.</param>
    /// <param name="tensorName">The name of the result.</param>
    /// <param name="source">What messages call the file.</param>
    /// <param name="place">What messages put before the reason.</param>
    internal static StoredTensor Parse(ReadOnlySpan<byte> file, string tensorName, string source, string place = "")
    {
        FileFormatException Refuse(string how) => Refusal.Of(source, "is no valid .npy array", place + how);

        NpyHeader header = NpyHeader.Parse(file, Refuse, out int start);
        long bytes = TensorShape.Bytes(header.Shape, header.Type)!.Value;
        if (bytes != file.Length - start)
            throw Refuse($"its shape needs {bytes} bytes of numbers but it has {file.Length - start}");
        byte[] data = file[start..].ToArray();
        int size = header.Type.SizeInBytes();
        if (header.BigEndian)
            for (int at = 0; at < data.Length; at += size)
                data.AsSpan(at, size).Reverse();
        if (header.FortranOrder)
            data = ToRowMajor(data, header.Shape, size);
        return new StoredTensor(tensorName, header.Type, header.Shape, data) { IsText = header.IsText };
    }

    /// <param name="source">Numbers whose first index runs fastest.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="size">Bytes of a number.</param>
    private static byte[] ToRowMajor(byte[] source, long[] shape, int size)
    {
        byte[] target = new byte[source.Length];
        long[] index = new long[shape.Length];
        long[] stride = new long[shape.Length]; // in the source, in bytes
        long count = size;
        for (int d = 0; d < shape.Length; d++)
            (stride[d], count) = (count, count * shape[d]);
        long from = 0;
        for (int to = 0; to < target.Length; to += size)
        {
            source.AsSpan((int)from, size).CopyTo(target.AsSpan(to));
            for (int d = shape.Length - 1; d >= 0; d--) // the next index in row-major order
            {
                from += stride[d];
                if (++index[d] < shape[d])
                    break;
                from -= stride[d] * shape[d];
                index[d] = 0;
            }
        }
        return target;
    }
}
