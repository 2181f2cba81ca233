using System.Buffers.Binary;
using System.IO.Compression;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests.Data;

/// <summary>Four small IDX files as MNIST names them, good ones until a test changes them.</summary>
internal sealed class IdxFolder : IDisposable
{
    public const string TrainImages = "train-images-idx3-ubyte", TrainLabels = "train-labels-idx1-ubyte";
    public const string TestImages = "t10k-images-idx3-ubyte", TestLabels = "t10k-labels-idx1-ubyte";
    public const int Train = 30, Test = 10, Rows = 3, Columns = 2;

    private readonly TemporaryFolder _folder = new();

    public IdxFolder(bool gzip = false)
    {
        Write(TrainImages, Images(Train, Rows, Columns), gzip);
        Write(TrainLabels, Labels(Train), gzip);
        Write(TestImages, Images(Test, Rows, Columns), gzip);
        Write(TestLabels, Labels(Test), gzip);
    }

    public string Path => _folder.Path;

    public string Write(string name, byte[] content, bool gzip = false) => gzip
        ? _folder.Write(name + ".gz", Gzip(content))
        : _folder.Write(name, content);

    public void Delete(string name) => File.Delete(System.IO.Path.Combine(Path, name));

    public Dataset Load(DataOptions? options = null)
    {
        options ??= new DataOptions();
        MnistSources nowhere = new([], null, []);
        return DatasetLoader.Load(options with { Spec = $"mnist:{Path}" }, nowhere, new RecordingProgress(), default);
    }

    public void Dispose() => _folder.Dispose();

    public static byte[] Images(int count, int rows, int columns) =>
        Idx(0x803, [(uint)count, (uint)rows, (uint)columns], PixelBytes(count * rows * columns));

    public static byte[] Labels(int count) =>
        Idx(0x801, [(uint)count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))]);

    public static byte[] PixelBytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 7))];

    public static byte[] Idx(uint magic, uint[] shape, byte[] data)
    {
        byte[] file = new byte[4 + 4 * shape.Length + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(file, magic);
        for (int d = 0; d < shape.Length; d++)
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(4 + 4 * d), shape[d]);
        data.CopyTo(file, 4 + 4 * shape.Length);
        return file;
    }

    public static byte[] Gzip(byte[] content)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Optimal))
            gzip.Write(content);
        return compressed.ToArray();
    }
}
