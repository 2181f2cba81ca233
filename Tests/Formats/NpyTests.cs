using System.Text;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Formats;

public class NpyTests
{
    private static float[] Counting => [.. Enumerable.Range(0, 24).Select(n => n / 8f - 1)];

    [Test]
    public void Version_2_of_NumPy_is_read()
    {
        StoredTensor array = NpyFile.Read(Sample.PathOf("version2.npy"));
        Assert.That(array.Name, Is.EqualTo("version2"));
        Assert.That(array.Shape, Is.EqualTo(new long[] { 2, 3, 4 }));
        Assert.That(array.ToFloats().Values, Is.EqualTo(Counting));
    }

    [Test]
    public void What_is_written_is_what_NumPy_writes()
    {
        MemoryStream stream = new();
        NpyFile.Write(stream, new Tensor("x", [24], Counting).Store());
        byte[] file = stream.ToArray();
        string header = "\u0093NUMPY\u0001\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (24,), }";
        Assert.That(Encoding.Latin1.GetString(file.AsSpan(0, 128)), Is.EqualTo(header.PadRight(127) + "\n"));
        stream.Position = 0;
        Assert.That(NpyFile.Read(stream, "x.npy").ToFloats().Values, Is.EqualTo(Counting));
    }

    [Test]
    public void Every_type_and_shape_is_read_as_written([Values] TensorType type, [Values(0, 1, 2, 3)] int dimensions)
    {
        long[] shape = [.. new long[] { 3, 2, 5 }.Take(dimensions)];
        byte[] bytes = [.. Enumerable.Range(0, (int)TensorShape.Bytes(shape, type)!).Select(n => (byte)n)];
        StoredTensor tensor = new("x", type, shape, bytes);
        MemoryStream stream = new();
        if (type == TensorType.BF16)
        {
            Assert.That(() => NpyFile.Write(stream, tensor), Throws.ArgumentException);
            return;
        }
        NpyFile.Write(stream, tensor);
        stream.Position = 0;
        StoredTensor read = NpyFile.Read(stream, "x.npy");
        Assert.That((read.Name, read.Type), Is.EqualTo(("x", type)));
        Assert.That(read.Shape, Is.EqualTo(shape));
        Assert.That(read.Bytes, Is.EqualTo(bytes));
    }

    [Test]
    public void Keys_may_come_in_any_order_and_quotes()
    {
        byte[] file = Npy("{ \"shape\":(1 , ) ,'fortran_order':True,\"descr\":'>f4'}", [0x3f, 0x80, 0, 0]);
        Assert.That(NpyFile.Read(new MemoryStream(file), "x").ToFloats().Values, Is.EqualTo(new[] { 1f }));
    }

    private static byte[] Npy(string header, byte[] data, byte major = 1) =>
    [
        0x93, .. "NUMPY"u8, major, 0, .. BitConverter.GetBytes(header.Length).AsSpan(0, major == 1 ? 2 : 4),
        .. Encoding.UTF8.GetBytes(header), .. data,
    ];

    private static IEnumerable<TestCaseData> BrokenFiles()
    {
        static TestCaseData Case(string name, string complaint, byte[] file) =>
            new TestCaseData(file, complaint).SetArgDisplayNames(name);
        static TestCaseData Text(string name, string complaint, string header) =>
            Case(name, complaint, Npy(header, new byte[8]));
        static string Header(string descr = "'<f4'", string order = "False", string shape = "(2,)") =>
            $"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}";

        yield return Case("empty", "does not start as one", []);
        yield return Case("magic only", "ends within its header", [0x93, .. "NUMPY"u8, 1, 0]);
        yield return Case("version 0", "unknown version 0.0", Npy(Header(), new byte[8], major: 0));
        yield return Case("version 4", "unknown version 4.0", Npy(Header(), new byte[8], major: 4));
        yield return Case("header cut", "ends within its header", Npy(Header(), [])[..60]);
        yield return Case("huge header", "exceeds the limit",
            [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255, .. new byte[20]]);
        yield return Text("no dictionary", "does not describe", "[]");
        yield return Text("open dictionary", "does not describe", "{'descr': '<f4'");
        yield return Text("open text", "does not describe", "{'descr': '<f4");
        yield return Text("no shape", "does not describe", "{'descr': '<f4', 'fortran_order': False}");
        yield return Text("a fourth key", "does not describe",
            Header().Replace("}", "'x': 1}", StringComparison.Ordinal));
        yield return Text("key twice", "does not describe",
            Header().Replace("}", "'descr': '<f4'}", StringComparison.Ordinal));
        yield return Text("text behind", "does not describe", Header() + "x");
        yield return Text("no comma", "does not describe", Header(shape: "(1 2)"));
        yield return Text("negative size", "does not describe", Header(shape: "(-2,)"));
        yield return Text("size beyond 64 bits", "does not describe", Header(shape: "(99999999999999999999,)"));
        yield return Text("order as number", "does not describe", Header(order: "0"));
        yield return Text("structured type", "does not describe", Header(descr: "[('x', '<f4')]"));
        yield return Text("objects", "pickled Python objects", Header(descr: "'|O'"));
        yield return Text("complex numbers", "'<c8', which is not supported", Header(descr: "'<c8'"));
        yield return Text("long double", "'<f16', which is not supported", Header(descr: "'<f16'"));
        yield return Text("no type", "'', which is not supported", Header(descr: "''"));
        yield return Text("overflowing shape", "too large", Header(shape: "(4294967296, 4294967296)"));
        yield return Text("overflow to the right size", "too large", Header(shape: "(4611686018427387906,)"));
        yield return Text("65 dimensions", "too large",
            Header(shape: $"(2,{string.Concat(Enumerable.Repeat("1,", 64))})"));
        yield return Text("numbers missing", "needs 12 bytes of numbers but it has 8", Header(shape: "(3,)"));
        yield return Text("numbers left over", "needs 4 bytes of numbers but it has 8", Header(shape: "()"));
        yield return Case("NumPy's structured array", "does not describe", Sample.Bytes("structured.npy"));
    }

    [TestCaseSource(nameof(BrokenFiles))]
    public void A_broken_file_is_refused_in_one_sentence_with_its_name(byte[] file, string complaint) =>
        Assert.That(() => NpyFile.Read(new MemoryStream(file), "dir/x.npy"), Throws.TypeOf<FileFormatException>()
            .With.Message.StartsWith("dir/x.npy is no valid .npy array: ").And.Message.Contains(complaint)
            .And.Message.EndsWith("."));
}
