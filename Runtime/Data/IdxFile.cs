using System.Buffers.Binary;
using System.IO.Compression;

namespace GpuLstm.Runtime.Data;

/// <summary>An array of bytes with its dimensions, slowest first.</summary>
internal sealed record IdxArray(int[] Shape, byte[] Data);

/// <summary>Reads IDX files, gzipped or not (the format is described on the MNIST page of Yann LeCun: two zero bytes,
/// the type 0x08 for bytes, the number of dimensions, each dimension as a big-endian 32-bit number, the
/// data).</summary>
internal static class IdxFile
{
    private const int MaxDeflateRatio = 1032; // what deflate can reach at most: 258 bytes from 2 bits
    private const int ByteType = 0x08;

    private const int IntType = 0x0C;

    /// <summary>Reads images and their labels, [N, T, I] and [N], and the labels as they are stored.</summary>
    /// <exception cref="FileFormatException">A file is not what it should be, or the two do not belong
    /// together.</exception>
    /// <exception cref="GpuLstmException">A file cannot be read.</exception>
    public static (ImageSamples Samples, IdxArray Labels) ReadSamples(string imagesPath, string labelsPath)
    {
        Task<IdxArray> reading = Task.Run(() => Read(imagesPath, 3));
        bool isExtended = labelsPath.Contains("idx2-int", StringComparison.Ordinal);
        IdxArray stored = isExtended ? Read(labelsPath, 2, IntType) : Read(labelsPath, 1);
        byte[] labels = isExtended ? FirstColumn(stored, labelsPath) : stored.Data;
        IdxArray images = reading.GetAwaiter().GetResult();
        if (images.Shape[0] != labels.Length)
            throw new FileFormatException(
                $"{imagesPath} has {images.Shape[0]} images but {labelsPath} has {labels.Length} labels.");
        return (new(images.Data, labels, images.Shape[1], images.Shape[2]), stored);
    }

    /// <summary>The header of a file of bytes.</summary>
    public static byte[] Header(ReadOnlySpan<int> shape)
    {
        byte[] header = new byte[4 + 4 * shape.Length];
        BinaryPrimitives.WriteInt32BigEndian(header, (ByteType << 8) | shape.Length);
        for (int d = 0; d < shape.Length; d++)
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * d), shape[d]);
        return header;
    }

    /// <summary>The classes of QMNIST's extended labels: the first of each row's numbers.</summary>
    private static byte[] FirstColumn(IdxArray array, string path)
    {
        byte[] labels = new byte[array.Shape[0]];
        for (int i = 0; i < labels.Length; i++)
        {
            int label = BinaryPrimitives.ReadInt32BigEndian(array.Data.AsSpan(i * array.Shape[1] * sizeof(int)));
            labels[i] = label is >= 0 and <= byte.MaxValue ? (byte)label
                : throw new FileFormatException($"{path} has the label {label} at position {i}.");
        }
        return labels;
    }

    /// <summary>Reads one array, straight into memory of exactly its size.</summary>
    public static IdxArray Read(string path, int dimensions, int type = ByteType) => DataFile.Read(path, file =>
    {
        if (!IsGzip(file))
            return ReadArray(path, file, dimensions, type, file.Length);
        using GZipStream inflated = new(file, CompressionMode.Decompress);
        return ReadArray(path, inflated, dimensions, type, file.Length * MaxDeflateRatio);
    });

    private static bool IsGzip(FileStream file)
    {
        bool gzip = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        return gzip;
    }

    /// <param name="path">For messages.</param>
    /// <param name="stream">The content.</param>
    /// <param name="dimensions">The number of dimensions wanted.</param>
    /// <param name="possibleBytes">What the file's size allows: nothing larger is allocated.</param>
    private static IdxArray ReadArray(
        string path, Stream stream, int dimensions, int type, long possibleBytes)
    {
        Span<byte> header = stackalloc byte[4 + 4 * dimensions];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
            throw new FileFormatException($"{path} ends within its header.");
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        uint expected = ((uint)type << 8) | (uint)dimensions;
        if (magic != expected)
            throw new FileFormatException(
                $"{path} is no IDX file of {(dimensions == 3 ? "images" : "labels")}: "
                + $"it starts with 0x{magic:x8}, not 0x{expected:x8}.");

        int[] shape = new int[dimensions];
        UInt128 product = type == IntType ? sizeof(int) : 1u; // three 32-bit numbers cannot overflow it
        for (int d = 0; d < dimensions; d++)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + 4 * d)..]);
            if (size is 0 or > int.MaxValue)
                throw new FileFormatException(
                    $"{path} has the size {size} in dimension {d + 1}, where 1 to {int.MaxValue} are valid.");
            shape[d] = (int)size;
            product *= size;
        }
        if (product > (UInt128)Math.Max(0, possibleBytes - header.Length))
            throw new FileFormatException(
                $"{path} is truncated: its header promises {product} bytes, more than the file can hold.");
        if (product > (UInt128)Array.MaxLength)
            throw new FileFormatException(
                $"{path} is too large: it has {product} bytes, and {Array.MaxLength} are read at most.");

        byte[] data = GC.AllocateUninitializedArray<byte>((int)product);
        int read = stream.ReadAtLeast(data, data.Length, throwOnEndOfStream: false);
        if (read < data.Length)
            throw new FileFormatException(
                $"{path} is truncated: it has {read} of the {data.Length} bytes that its header promises.");
        if (stream.ReadByte() >= 0)
            throw new FileFormatException($"{path} has more bytes than the {data.Length} that its header promises.");
        return new IdxArray(shape, data);
    }
}
