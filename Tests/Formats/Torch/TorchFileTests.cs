using System.Collections;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Formats.Torch;

namespace GpuLstm.Tests.Formats.Torch;

/// <summary>Files of torch.save in the forms that people have them in; tools/make_torch_samples.py made them.</summary>
public class TorchFileTests
{
    private static string PathOf(string name) => Sample.PathOf(Path.Combine("torch", name));

    [TestCase("state_dict.pth", 0)]
    [TestCase("checkpoint.pt", 0)]
    [TestCase("compiled.pt", 0)]
    [TestCase("nested.pt", 0)]
    [TestCase("module.pt", 0)]
    [TestCase("parameters.pt", 0)]
    [TestCase("double.pt", 0)]
    [TestCase("strided.pt", 0)]
    [TestCase("half.pt", 1e-3)]
    [TestCase("bfloat16.pt", 1e-2)]
    [TestCase("legacy_checkpoint.pt", 0)]
    [TestCase("legacy_module.pt", 0)]
    [TestCase("../zip.pt", 0)]
    [TestCase("../legacy.bin", 0)]
    public void Weights_are_those_that_were_saved(string name, double tolerance)
    {
        LstmModel expected = LstmModelFile.Read(Sample.PathOf("torch_plain.safetensors"));
        LstmModel actual = LstmModelFile.Read(PathOf(name));
        foreach ((Tensor a, Tensor b) in actual.ToTensors().Zip(expected.ToTensors()))
        {
            Assert.That((a.Name, TensorShape.Text(a.Shape)), Is.EqualTo((b.Name, TensorShape.Text(b.Shape))));
            Assert.That(a.Values, Is.EqualTo(b.Values).Within(tolerance), a.Name);
        }
    }

    [TestCase("list.pt", "where a state_dict is needed: torch.save(model.state_dict(), FILE)")]
    [TestCase("tensor.pt", "it holds a single tensor")]
    [TestCase("numbers.pt", "its dictionary has no tensors, but 'a'")]
    [TestCase("plain.pkl", "a pickle of something else")]
    [TestCase("hostile.pt", "wants to build posix.system")]
    [TestCase("legacy_hostile.pt", "wants to build posix.system")]
    [TestCase("hostile.pkl", "wants to build posix.system")]
    public void What_is_no_state_dict_is_a_sentence_and_no_code_runs(string name, string expected)
    {
        Assert.That(() => TensorFile.Read(PathOf(name)),
            Throws.TypeOf<FileFormatException>().With.Message.Contains(expected));
        Assert.That(File.Exists("hostile"), Is.False);
    }

    /// <summary>Whatever a pickle names, nothing but the list's own types comes of it.</summary>
    [TestCase("builtins", "eval")]
    [TestCase("builtins", "getattr")]
    [TestCase("os", "system")]
    [TestCase("datetime", "datetime")]
    [TestCase("decimal", "Decimal")]
    [TestCase("array", "array")]
    [TestCase("_codecs", "encode")]
    [TestCase("System", "Object")]
    public void A_class_outside_the_list_is_not_built(string module, string name)
    {
        byte[] called = [0x80, 2, .. System.Text.Encoding.ASCII.GetBytes($"c{module}\n{name}\nX"), 1, 0, 0, 0,
            (byte)'x',
            0x85, (byte)'R', (byte)'.'];
        Assert.That(() => Load(called),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("wants to build"));
        byte[] empty = [0x80, 2, .. System.Text.Encoding.ASCII.GetBytes($"c{module}\n{name}\n)R.")];
        object? built = Load(empty);
        Assert.That(built, Is.InstanceOf<Razorvine.Pickle.Objects.ClassDict>(), "a record of fields, and no such "
            + "object");
        Assert.That((IDictionary)built!, Has.Count.LessThanOrEqualTo(1));
    }

    /// <summary>The library's record of an exception, which nobody throws.</summary>
    [Test]
    public void An_exception_is_a_record_too() => Assert.That(
        Load([0x80, 2, .. "cbuiltins\nException\n)R."u8]), Is.InstanceOf<Razorvine.Pickle.PythonException>());

    private static object? Load(byte[] pickle)
    {
        ReadOnlyMemory<byte> bytes = pickle;
        return TorchPickle.Load(ref bytes, "x");
    }

    [Test]
    public void What_is_written_is_read_again_and_PyTorch_takes_it()
    {
        using TemporaryFolder folder = new();
        LstmModel model = LstmModelFile.Read(Sample.PathOf("torch_both_ways.safetensors"));
        var metadata = new Dictionary<string, string> { ["classes"] = "a,b" };
        string file = folder["m.pt"];
        TorchWriter.Write(file, TorchNames.ToStateDict(model), metadata);
        TensorArchive read = TensorFile.Read(file);
        Assert.That(read.Metadata, Is.EqualTo(metadata));
        Assert.That(read.Tensors.Select(t => t.Name), Is.EqualTo(TorchNames.ToStateDict(model).Select(t => t.Name)));
        Assert.That(read.ToFloats().Select(t => t.Values), Is.EqualTo(
            TorchNames.ToStateDict(model).Select(t => t.Values)));
        TorchWriter.Write(folder["again.pt"], TorchNames.ToStateDict(model), metadata);
        Assert.That(File.ReadAllBytes(folder["again.pt"]), Is.EqualTo(File.ReadAllBytes(file)), "the same bytes");
        PythonTool.TorchCheck.Require();
        TensorArchive answers = NpzFile.Read(Sample.PathOf("torch_final_states_answers.npz"));
        LstmModel final = LstmModelFile.Read(Sample.PathOf("torch_final_states.safetensors"));
        TorchWriter.Write(folder["f.pth"], TorchNames.ToStateDict(final), metadata);
        NpzFile.Write(folder["in.npz"], [answers.Find("x")!.ToFloats() with { Name = "input" },
            answers.Find("logits")!.ToFloats()]);
        (int code, string output) = PythonTool.TorchCheck.Run(folder["f.pth"], folder["in.npz"]);
        Assert.That(code, Is.Zero, output);
    }
}
