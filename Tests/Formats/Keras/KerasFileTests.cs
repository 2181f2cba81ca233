using GpuLstm.Host;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Keras;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Formats.Onnx;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Formats.Keras;

/// <summary>Files in the forms that Keras 1, 2 and 3 save; tools/make_keras_samples.py made them and, in float64, their
/// answers.</summary>
public class KerasFileTests
{
    private static string PathOf(string name) => Sample.PathOf(Path.Combine("keras", name));

    private static KerasNetwork Read(string name)
    {
        using FileStream stream = File.OpenRead(PathOf(name));
        return KerasFile.Read(stream, name);
    }

    [TestCase("keras1.h5")]
    [TestCase("keras2.h5")]
    [TestCase("tensorflow2.h5")]
    [TestCase("cudnn.h5")]
    [TestCase("no_bias.h5")]
    [TestCase("backwards.h5")]
    [TestCase("masking.h5")]
    [TestCase("keras3.keras")]
    [TestCase("both.keras")]
    [TestCase("steps.keras")]
    public void Networks_answer_as_Keras_defines_them(string name)
    {
        TensorArchive answers = NpzFile.Read(PathOf(Path.GetFileNameWithoutExtension(name) + "_answers.npz"));
        Tensor x = answers.Find("x")!.ToFloats();
        (int samples, int steps, int features) = ((int)x.Shape[0], (int)x.Shape[1], (int)x.Shape[2]);
        Model model = ModelImport.Read(PathOf(name));
        SequenceSamples sequences = new(x.Values, [.. Enumerable.Repeat(steps, samples)], new byte[samples], features)
        {
            StepLabels = model.Network.Head == Head.StepClasses ? new int[samples * steps] : null,
        };
        Assert.That(Evaluate(name, sequences).Probabilities,
            Is.EqualTo(answers.Find("y")!.ToFloats().Values).Within(1e-6f));
    }

    private static ClassEvaluation Evaluate(string name, SequenceSamples samples)
    {
        using var cpu = new CpuEngine(1);
        using var loaded = new LoadedModel(
            new NamedModel(name, ModelImport.Read(PathOf(name)), null).For(samples), cpu);
        return (ClassEvaluation)loaded.Evaluate(samples);
    }

    [TestCase("relu.h5", "its layer 'lstm' has relu cells")]
    [TestCase("stateful.h5", "its layer 'lstm' keeps its state from batch to batch (stateful)")]
    [TestCase("merge_sum.h5", "its layer 'lstm' merges its directions by sum")]
    [TestCase("no_gate.h5", "its layer 'lstm' does not say its recurrent_activation")]
    [TestCase("gru.h5", "its layer 'lstm' (GRU) is none that is read")]
    [TestCase("embedding.h5", "its layer 'embedding' (Embedding) is none that is read")]
    [TestCase("weights_only.h5", "it has weights alone")]
    public void What_ours_lack_is_named(string name, string expected) => Assert.That(() => ModelImport.Read(PathOf(name)),
        Throws.TypeOf<FileFormatException>().With.Message.Contains(expected));

    /// <summary>The hard_sigmoid that a version of Keras means.</summary>
    [TestCase("keras1.h5", 0.2f)]
    [TestCase("keras2.h5", 0.2f)]
    [TestCase("tensorflow2.h5", 0f)]
    [TestCase("keras3.keras", 1f / 6)]
    public void The_version_decides_the_slope(string name, float slope) =>
        Assert.That(Read(name).GateSlope, Is.EqualTo(slope));

    [Test]
    public void A_sequence_of_masked_steps_alone_is_refused()
    {
        SequenceSamples samples = new([.. Enumerable.Repeat(0.5f, 18), .. Enumerable.Repeat(-1f, 18)], [6, 6], new byte[2],
            3);
        Assert.That(() => Evaluate("masking.h5", samples),
            Throws.TypeOf<GpuLstmException>().With.Message.Contains("Sequence 2 has only steps that the model masks"));
    }

    [TestCase("keras2")]
    [TestCase("keras3")]
    public void Hard_sigmoid_gates_stay_so_in_ONNX(string name)
    {
        PythonTool.OnnxCheck.Require();
        using TemporaryFolder folder = new();
        KerasNetwork network = Read(name + (name == "keras3" ? ".keras" : ".h5"));
        OnnxExport.Write(folder["m.onnx"], new(network.Weights) { Softmax = true, GateSlope = network.GateSlope });
        TensorArchive answers = NpzFile.Read(PathOf($"{name}_answers.npz"));
        NpzFile.Write(folder["m.npz"], [answers.Find("x")!.ToFloats() with { Name = "input" },
            answers.Find("y")!.ToFloats() with { Name = "output" }]);
        (int code, string output) = PythonTool.OnnxCheck.Run(folder["m.onnx"], folder["m.npz"]);
        Assert.That(code, Is.Zero, output);
    }
}
