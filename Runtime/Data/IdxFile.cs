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

    /// <summary>Reads images and their labels, [N, T, I] and [N].</summary>
    /// <exception cref="FileFormatException">A file is not what it should be, or the two do not belong
    /// together.</exception>
    /// <exception cref="GpuLstmException">A file cannot be read.</exception>
    public static Samples ReadSamples(string imagesPath, string labelsPath, int classes)
    {
        Task<IdxArray> reading = Task.Run(() => Read(imagesPath, 3));
        IdxArray labels = Read(labelsPath, 1);
        IdxArray images = reading.GetAwaiter().GetResult();
        if (images.Shape[0] != labels.Shape[0])
            throw new FileFormatException(
                $"{imagesPath} has {images.Shape[0]} images but {labelsPath} has {labels.Shape[0]} labels.");
        int wrong = labels.Data.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(classes - 1));
        if (wrong >= 0)
            throw new FileFormatException(
                $"{labelsPath} has the label {labels.Data[wrong]} at position {wrong}; 0 to {classes - 1} are valid.");
        return new Samples(images.Data, labels.Data, images.Shape[1], images.Shape[2]);
    }

    /// <summary>Reads one array, straight into memory of exactly its size.</summary>
    public static IdxArray Read(string path, int dimensions) => DataFile.Read(path, file =>
    {
        if (!IsGzip(file))
            return ReadArray(path, file, dimensions, file.Length);
        using GZipStream inflated = new(file, CompressionMode.Decompress);
        return ReadArray(path, inflated, dimensions, file.Length * MaxDeflateRatio);
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
    private static IdxArray ReadArray(string path, Stream stream, int dimensions, long possibleBytes)
    {
        Span<byte> header = stackalloc byte[4 + 4 * dimensions];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
            throw new FileFormatException($"{path} ends within its header.");
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        uint expected = (ByteType << 8) | (uint)dimensions;
        if (magic != expected)
            throw new FileFormatException(
                $"{path} is no IDX file of {(dimensions == 1 ? "labels" : "images")}: "
                + $"it starts with 0x{magic:x8}, not 0x{expected:x8}.");

        int[] shape = new int[dimensions];
        UInt128 product = 1; // three 32-bit numbers cannot overflow it
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
