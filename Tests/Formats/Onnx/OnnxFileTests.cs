using GpuLstm.Host;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Formats.Onnx;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Formats.Onnx;

/// <summary>Graphs as PyTorch and tf2onnx export them; tools/make_onnx_samples.py made them with their
/// answers.</summary>
public class OnnxFileTests
{
    private static string PathOf(string name) => Sample.PathOf(Path.Combine("onnx", name));

    [TestCase("last9")]
    [TestCase("last11")]
    [TestCase("last13")]
    [TestCase("last17")]
    [TestCase("time_first")]
    [TestCase("slice")]
    [TestCase("h")]
    [TestCase("fixed")]
    [TestCase("unfolded")]
    [TestCase("states")]
    [TestCase("squeeze")]
    [TestCase("cat")]
    [TestCase("ends")]
    [TestCase("transposed")]
    [TestCase("lower")]
    [TestCase("all")]
    [TestCase("all_time_first")]
    [TestCase("late")]
    [TestCase("one")]
    [TestCase("image")]
    [TestCase("flat")]
    [TestCase("tf2onnx")]
    [TestCase("hard")]
    [TestCase("hard_default")]
    [TestCase("reverse")]
    [TestCase("lengths")]
    public void Networks_answer_as_where_they_come_from(string name)
    {
        TensorArchive answers = NpzFile.Read(PathOf($"{name}_answers.npz"));
        Tensor x = answers.Find("x")!.ToFloats();
        Model model = ModelImport.Read(PathOf($"{name}.onnx"));
        (int samples, int steps, int features) = ((int)x.Shape[0], (int)x.Shape[1], (int)x.Shape[2]);
        SequenceSamples sequences = new(x.Values, [.. Enumerable.Repeat(steps, samples)], new byte[samples], features)
        {
            StepLabels = model.Network.Head == Head.StepClasses ? new int[samples * steps] : null,
        };
        using var cpu = new CpuEngine(1);
        using var loaded = new LoadedModel(new NamedModel(name, model, null).For(sequences), cpu);
        Assert.That(((ClassEvaluation)loaded.Evaluate(sequences)).Probabilities,
            Is.EqualTo(answers.Find("y")!.ToFloats().Values).Within(1e-6f));
    }

    [TestCase("wrong", "reads other outputs of an LSTM than all directions at every step, or what each of them ends "
        + "with")]
    [TestCase("first", "reads other outputs of an LSTM")]
    [TestCase("swapped", "reads other outputs of an LSTM")]
    [TestCase("middle", "(Gather) takes other steps than all, the first or the last")]
    [TestCase("mean", "(ReduceMean) is none that is read")]
    [TestCase("relu", "(Relu) is none that is read")]
    [TestCase("clip", "its node 'lstm' (LSTM) has clip, which ours have not")]
    [TestCase("peephole", "its node 'lstm' (LSTM) has peepholes (P), which ours have not")]
    [TestCase("state", "its node 'lstm' (LSTM) begins with states other than zeros (initial_h)")]
    [TestCase("short", "its node 'lstm' (LSTM) has lengths of its own (sequence_lens)")]
    [TestCase("relu_cell", "its node 'lstm' (LSTM) has Relu among its activations")]
    [TestCase("cell", "its node 'lstm' (LSTM) has an output 2 that is not followed")]
    [TestCase("softmax", "(MatMul) multiplies what are not a layer's outputs by a matrix")]
    [TestCase("scale", "(Mul) computes with a layer's values what no layer does")]
    [TestCase("loop", "(ReverseSequence) is none that is read")]
    public void What_ours_lack_is_named(string name, string expected) => Assert.That(
        () => ModelImport.Read(PathOf($"refused_{name}.onnx")),
        Throws.TypeOf<FileFormatException>().With.Message.Contains(expected));

    [TestCase("torch_plain", 14, 0f, false)]
    [TestCase("torch_pre", 15, 0.2f, false)]
    [TestCase("torch_no_bias", 16, 0f, true)]
    [TestCase("torch_both_ways", 17, 1f / 6, false)]
    [TestCase("torch_both_ways", 17, 0f, true)]
    public void What_we_write_comes_back(string name, int opset, float slope, bool everyStep)
    {
        LstmModel model = LstmModelFile.Read(Sample.PathOf($"{name}.safetensors"));
        MemoryStream file = new();
        OnnxExport.Write(file, new(model)
        {
            Opset = opset, GateSlope = slope, EveryStep = everyStep, FinalStates = true, Softmax = opset % 2 == 0,
            TimeSteps = 7,
            Metadata = new Dictionary<string, string> { ["classes"] = "a,b" },
        });
        file.Position = 0;
        Assert.That(ForeignModelFile.FormatOf(file, "no name"), Is.EqualTo(ModelFormat.Onnx));
        ForeignNetwork read = OnnxFile.Read(file, "x");
        Assert.That((read.GateSlope, read.Head, read.TimeSteps, read.Metadata["classes"]),
            Is.EqualTo((slope, everyStep ? Head.StepClasses : Head.Class, 7, "a,b")));
        Assert.That(
            read.Weights.WithBothBiases().ToTensors().Select(t => (t.Name, TensorShape.Text(t.Shape), t.Values)),
            Is.EqualTo(model.WithBothBiases().ToTensors().Select(t => (t.Name, TensorShape.Text(t.Shape), t.Values))));
    }

    /// <summary>What both directions have at the last step is not what ours read.</summary>
    [Test]
    public void The_last_step_of_both_directions_is_refused()
    {
        MemoryStream file = new();
        OnnxExport.Write(file, new(LstmModelFile.Read(Sample.PathOf("torch_both_ways.safetensors"))));
        file.Position = 0;
        Assert.That(() => OnnxFile.Read(file, "x"),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("reads other outputs of an LSTM"));
    }
}
