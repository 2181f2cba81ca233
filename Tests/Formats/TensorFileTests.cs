using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Formats;

public class TensorFileTests
{
    [Test]
    public void Content_decides_what_a_file_is()
    {
        using TemporaryFolder folder = new();
        File.Copy(Sample.PathOf("torch_plain.safetensors"), folder["a.pt"]);
        File.Copy(Sample.PathOf("torch_plain.npz"), folder["b.safetensors"]);
        Assert.That(TensorFile.Read(folder["a.pt"]).Find("fc.bias"), Is.Not.Null);
        Assert.That(TensorFile.Read(folder["b.safetensors"]).Find("module.fc.bias"), Is.Not.Null);
    }

    private static IEnumerable<TestCaseData> ForeignFiles()
    {
        yield return new TestCaseData("x.h5", new byte[] { 1, 2, 3 }, "Keras");
        yield return new TestCaseData("x.keras", Array.Empty<byte>(), "Keras");
        yield return new TestCaseData("model", "\u0089HDF\r\n\u001a\n0000"u8.ToArray()[1..], "Keras");
        yield return new TestCaseData("model", new byte[] { 0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46 }, "PyTorch");
        yield return new TestCaseData("x.PTH", new byte[20], "PyTorch");
    }

    [TestCaseSource(nameof(ForeignFiles))]
    public void Extension_or_magic_tells_a_foreign_file(string name, byte[] content, string kind)
    {
        using MemoryStream stream = new(content);
        Assert.That(() => TensorFile.Read(stream, name),
            Throws.TypeOf<FileFormatException>().With.Message.Contains(kind));
    }

    [Test]
    public void A_safetensors_header_of_640_bytes_is_no_pickle()
    {
        MemoryStream stream = new();
        Dictionary<string, string> metadata = new() { ["x"] = new string('x', 640 - 85) };
        SafetensorsFile.Write(stream, [new Tensor("a", [1], [1]).Store()], metadata);
        Assert.That(stream.GetBuffer()[..2], Is.EqualTo(new byte[] { 0x80, 2 }));
        stream.Position = 0;
        Assert.That(TensorFile.Read(stream, "x.pt").Tensors, Has.Count.EqualTo(1));
    }
}
