using System.IO.Compression;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Formats;

public class NpzTests
{
    [TestCase("arrays.npz")]
    [TestCase("arrays_deflated.npz")]
    public void Every_kind_of_array_that_NumPy_writes_is_read(string file)
    {
        TensorArchive archive = NpzFile.Read(Sample.PathOf(file));
        float[] counting = [.. Enumerable.Range(0, 24).Select(n => n / 8f - 1)];
        foreach (string name in new[] { "plain", "fortran", "big", "big_fortran_half" })
        {
            Tensor array = archive.Find(name)!.ToFloats();
            Assert.That(array.Shape, Is.EqualTo(new long[] { 2, 3, 4 }), name);
            Assert.That(array.Values, Is.EqualTo(counting), name);
        }
        Assert.That(archive.Find("fortran")!.Type, Is.EqualTo(TensorType.F64));
        Assert.That(archive.Find("big_fortran_half")!.Type, Is.EqualTo(TensorType.F16));
        Assert.That(archive.Find("scalar")!.Shape, Is.Empty);
        Assert.That(archive.Find("none")!.Shape, Is.EqualTo(new long[] { 0, 3 }));
        Assert.That(archive.Find("layer/weights")!.ToFloats().Values, Is.EqualTo(counting[..12]));
    }

    [Test]
    public void Integers_are_kept_and_not_taken_for_floats()
    {
        TensorArchive archive = NpzFile.Read(Sample.PathOf("integers.npz"));
        Assert.That(archive.Find("long")!.Type, Is.EqualTo(TensorType.I64));
        Assert.That(archive.Find("flags")!.Bytes, Is.EqualTo(new byte[] { 1, 0 }));
        Assert.That(() => archive.ToFloats(),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("'long' has the type I64"));
    }

    [Test]
    public void What_is_written_is_read_again([Values] bool compress)
    {
        Tensor[] tensors = [new("a/b", [2, 2], [1, 2, 3, float.NaN]), new("c", [], [5])];
        MemoryStream stream = new(), again = new();
        NpzFile.Write(stream, [.. tensors.Select(t => t.Store())], compress);
        NpzFile.Write(again, [.. tensors.Select(t => t.Store())], compress);
        Assert.That(again.ToArray(), Is.EqualTo(stream.ToArray()), "the same arrays make the same file");
        IReadOnlyList<Tensor> read = NpzFile.Read(stream, "x").ToFloats();
        Assert.That(read.Select(t => t.Name), Is.EqualTo(new[] { "a/b", "c" }));
        Assert.That(read[0].Shape, Is.EqualTo(tensors[0].Shape));
        Assert.That(read[0].Values, Is.EqualTo(tensors[0].Values));
        Assert.That(read[1].Values, Is.EqualTo(tensors[1].Values));
    }

    [Test]
    public void Objects_are_refused_because_they_can_run_code() =>
        Assert.That(() => NpzFile.Read(Sample.PathOf("objects.npz")),
            Throws.TypeOf<FileFormatException>()
                .With.Message.Contains("'a': ").And.Message.Contains("can run any code"));

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach ((string name, byte[] content) in entries)
                using (Stream entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open())
                    entry.Write(content);
        return stream.ToArray();
    }

    private static byte[] Array()
    {
        MemoryStream stream = new();
        NpyFile.Write(stream, new Tensor("x", [2], [1, 2]).Store());
        return stream.ToArray();
    }

    private static IEnumerable<TestCaseData> BrokenFiles()
    {
        static TestCaseData Case(string name, string complaint, byte[] file) =>
            new TestCaseData(file, complaint).SetArgDisplayNames(name);
        static byte[] With(byte[] file, int at, params byte[] bytes)
        {
            byte[] copy = [.. file];
            bytes.CopyTo(copy, at);
            return copy;
        }
        byte[] good = Zip(("x.npy", Array()));
        int directory = good.AsSpan().IndexOf("PK\u0001\u0002"u8);

        yield return Case("empty", "damaged", []);
        yield return Case("no zip", "damaged", new byte[100]);
        yield return Case("cut", "damaged", good[..^30]);
        yield return Case("no array", "holds 'readme.txt', which is no .npy array", Zip(("readme.txt", [1])));
        yield return Case("empty array", "dir/x.npz is no valid .npy array: 'x': it does not start as one",
            Zip(("x.npy", [])));
        yield return Case("name twice", "holds 'x' twice", Zip(("x.npy", Array()), ("x.npy", Array())));
        yield return Case("bit flipped in the numbers", "fails its checksum", With(good, directory - 1, 0xff));
        yield return Case("wrong checksum", "fails its checksum", With(good, directory + 16, 1, 2, 3, 4));
        yield return Case("bomb", "cannot hold 'x.npy'", With(good, directory + 24, 0, 0, 0, 0x70));
        yield return Case("two entries of the same bytes", "entries overlap", Overlapping(good, directory));
    }

    /// <summary>A zip whose directory lists its one entry many times, as zip bombs do.</summary>
    private static byte[] Overlapping(byte[] good, int directory)
    {
        const int times = 20;
        int end = good.AsSpan().IndexOf("PK\u0005\u0006"u8);
        byte[] entry = good[directory..end];
        List<byte> file = [.. good[..directory]];
        for (int i = 0; i < times; i++)
        {
            entry[46] = (byte)('a' + i); // the first letter of the name
            file.AddRange(entry);
        }
        byte[] tail = good[end..];
        BitConverter.GetBytes((ushort)times).CopyTo(tail, 8);
        BitConverter.GetBytes((ushort)times).CopyTo(tail, 10);
        BitConverter.GetBytes(entry.Length * times).CopyTo(tail, 12);
        return [.. file, .. tail];
    }

    [TestCaseSource(nameof(BrokenFiles))]
    public void A_broken_file_is_refused_in_one_sentence_with_its_name(byte[] file, string complaint) =>
        Assert.That(() => NpzFile.Read(new MemoryStream(file), "dir/x.npz"), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("dir/x.npz is no valid .np")
            .And.Message.Contains(complaint).And.Message.EndsWith("."));
}
