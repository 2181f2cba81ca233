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
using GpuLstm.Tests.Formats.Onnx;

namespace GpuLstm.Tests.Formats.Keras;

/// <summary>Files in the forms that Keras 1, 2 and 3 save; tools/make_keras_samples.py made them and, in float64, their
/// answers.</summary>
public class KerasFileTests
{
    private static string PathOf(string name) => Sample.PathOf(Path.Combine("keras", name));

    private static ForeignNetwork Read(string name)
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
        AssertAnswers(ModelImport.Read(PathOf(name)), Path.GetFileNameWithoutExtension(name));
    }

    private static void AssertAnswers(Model model, string name)
    {
        TensorArchive answers = NpzFile.Read(PathOf($"{name}_answers.npz"));
        Tensor x = answers.Find("x")!.ToFloats();
        (int samples, int steps, int features) = ((int)x.Shape[0], (int)x.Shape[1], (int)x.Shape[2]);
        SequenceSamples sequences = new(x.Values, [.. Enumerable.Repeat(steps, samples)], new byte[samples], features)
        {
            StepLabels = model.Network.Head == Head.StepClasses ? new int[samples * steps] : null,
        };
        Assert.That(Evaluate(model, sequences).Probabilities,
            Is.EqualTo(answers.Find("y")!.ToFloats().Values).Within(1e-6f));
    }

    private static ClassEvaluation Evaluate(Model model, SequenceSamples samples)
    {
        using var cpu = new CpuEngine(1);
        using var loaded = new LoadedModel(new NamedModel("model", model, null).For(samples), cpu);
        return (ClassEvaluation)loaded.Evaluate(samples);
    }

    /// <summary>Weights alone, with the gates that are given or, where they are not, assumed and said.</summary>
    [TestCase("keras1_weights.h5", "keras1", null, "hard_sigmoid")]
    [TestCase("keras2_weights.h5", "keras2", null, "hard_sigmoid")]
    [TestCase("keras2_weights.h5", "tensorflow2", "sigmoid", null)]
    [TestCase("keras3.weights.h5", "tensorflow2", null, "sigmoid")]
    [TestCase("keras3.weights.h5", "keras3", "hard_sigmoid3", null)]
    [TestCase("both.weights.h5", "both", null, "sigmoid")]
    [TestCase("get_weights.npz", "tensorflow2", null, "sigmoid")]
    [TestCase("get_weights.npz", "keras2", "hard_sigmoid2", null)]
    [TestCase("get_weights_keras1.npz", "keras1", "hard_sigmoid2", null)]
    [TestCase("get_weights_cudnn.npz", "cudnn", null, null)]
    [TestCase("get_weights_both.npz", "both", null, "sigmoid")]
    public void Weights_alone_answer_with_the_gates_that_are_told_or_said(
        string name, string answers, string? given, string? assumed)
    {
        List<string> notices = [];
        Model model = ModelImport.Read(PathOf(name), notices.Add, given);
        Assert.That(notices, assumed == null ? Is.Empty
            : Has.One.Contains($"taken to be {assumed} (--recurrent-activation)"));
        AssertAnswers(model, answers);
    }

    [TestCase("keras3.weights.h5", "hard_sigmoid", "say hard_sigmoid2 or hard_sigmoid3")]
    [TestCase("keras3.weights.h5", "relu", "'relu' gates are not computed")]
    [TestCase("keras2.h5", "sigmoid", "tells the functions of its gates itself")]
    [TestCase("../torch_plain.npz", "sigmoid", "is no file of Keras's weights alone")]
    public void Gates_are_not_told_twice_or_wrongly(string name, string given, string expected) =>
        Assert.That(() => ModelImport.Read(PathOf(name), activation: given),
            Throws.TypeOf<UsageException>().With.Message.Contains(expected));

    [TestCase("relu.h5", "its layer 'lstm' has relu cells")]
    [TestCase("stateful.h5", "its layer 'lstm' keeps its state from batch to batch (stateful)")]
    [TestCase("merge_sum.h5", "its layer 'lstm' merges its directions by sum")]
    [TestCase("no_gate.h5", "its layer 'lstm' does not say its recurrent_activation")]
    [TestCase("gru.h5", "its layer 'lstm' (GRU) is none that is read")]
    [TestCase("embedding.h5", "its layer 'embedding' (Embedding) is none that is read")]
    [TestCase("two_outputs.h5", "it has 2 outputs, where one is read")]
    [TestCase("initial_state.h5", "its layer 'lstm' has several inputs")]
    [TestCase("get_weights_gru.npz", "its arrays are of more Dense layers than one before the LSTM and one after it")]
    public void What_ours_lack_is_named(string name, string expected) => Assert.That(
        () => ModelImport.Read(PathOf(name)), Throws.TypeOf<FileFormatException>().With.Message.Contains(expected));

    /// <summary>Files that Keras 2.0 and 2.2 themselves wrote.</summary>
    [Test]
    public void Real_files_are_read_or_refused_for_what_they_are()
    {
        string folder = Data.TestData.Folder("keras");
        Model model = ModelImport.Read(Path.Combine(folder, "lstm_functional_tf_keras_2.h5"));
        Assert.That((model.Network.TimeSteps, model.Network.InputSize, model.Recipe.Hidden.ToString(),
            model.Classes.Count, model.Network.Variant.GateSlope), Is.EqualTo((10, 4, "8", 5, 0.2f)));
        Assert.That(() => ModelImport.Read(Path.Combine(folder, "masking_zero_lstm.h5")),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("it has no Dense after its LSTM layers"));
    }

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
        SequenceSamples samples = new([.. Enumerable.Repeat(0.5f, 18), .. Enumerable.Repeat(-1f, 18)], [6, 6],
            new byte[2], 3);
        Assert.That(() => Evaluate(ModelImport.Read(PathOf("masking.h5")), samples),
            Throws.TypeOf<GpuLstmException>().With.Message.Contains("Sequence 2 has only steps that the model masks"));
    }

    [TestCase("keras2")]
    [TestCase("keras3")]
    public void Hard_sigmoid_gates_stay_so_in_ONNX(string name)
    {
        using TemporaryFolder folder = new();
        ForeignNetwork network = Read(name + (name == "keras3" ? ".keras" : ".h5"));
        OnnxExport.Write(folder["m.onnx"], new(network.Weights) { Softmax = true, GateSlope = network.GateSlope });
        TensorArchive answers = NpzFile.Read(PathOf($"{name}_answers.npz"));
        OnnxRuntimeCheck.Run(folder["m.onnx"], answers.Find("x")!.ToFloats() with { Name = "input" })
            .Answers(answers.Find("y")!.ToFloats() with { Name = "output" });
    }
}
