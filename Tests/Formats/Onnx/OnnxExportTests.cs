using GpuLstm.Host;
using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Formats.Onnx;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Formats.Onnx;

public class OnnxExportTests
{
    private static LstmModel Network(string name) => LstmModelFile.Read(Sample.PathOf($"{name}.safetensors"));

    private static Tensor Answer(string name, string tensor) =>
        NpzFile.Read(Sample.PathOf($"{name}_answers.npz")).Find(tensor)!.ToFloats();

    [TestCase("torch_plain", 14)]
    [TestCase("torch_plain", 15)]
    [TestCase("torch_plain", 16)]
    [TestCase("torch_plain", 17)]
    [TestCase("torch_pre", 14)]
    [TestCase("torch_no_bias", 14)]
    [TestCase("torch_both_ways", 17)]
    public void An_exported_network_answers_in_ONNX_Runtime_as_in_PyTorch(string name, int opset)
    {
        using TemporaryFolder folder = new();
        OnnxExport.Write(folder["m.onnx"], new(Network(name))
        {
            Opset = opset, InputName = "rows", OutputName = "logits", TimeSteps = 7,
            Metadata = new Dictionary<string, string> { ["classes"] = "a,b", ["accuracy"] = "0.5" },
        });
        OnnxRuntimeCheck check = OnnxRuntimeCheck.Run(folder["m.onnx"], Answer(name, "x") with { Name = "rows" })
            .Answers(Answer(name, "logits"));
        Assert.That((check.Opset, check.Metadata["accuracy"], check.Metadata["classes"]),
            Is.EqualTo((opset, "0.5", "a,b")));
    }

    /// <summary>As many samples as MNIST has for tests, in both programs.</summary>
    [Test]
    public void Ten_thousand_samples_have_the_same_classes_in_ONNX_Runtime(
        [Values("torch_rows", "torch_both_ways")] string name)
    {
        const int Samples = 10_000, Steps = 28;
        Model model = ModelImport.Read(Sample.PathOf($"{name}.safetensors"));
        int features = model.Network.InputSize;
        PhiloxRandom random = new(5, stream: 1, 0);
        float[] x = [.. Enumerable.Range(0, Samples * Steps * features).Select(_ => 2 * random.NextFloat() - 1)];
        SequenceSamples sequences = new(x, [.. Enumerable.Repeat(Steps, Samples)], new byte[Samples], features);
        using var cpu = new CpuEngine(2);
        using var loaded = new LoadedModel(new NamedModel(name, model, null).For(sequences), cpu);
        var ours = (ClassEvaluation)loaded.Evaluate(sequences);
        using TemporaryFolder folder = new();
        OnnxExport.Write(folder["m.onnx"], new(Network(name)) { FinalStates = true, Softmax = true });
        Tensor output = OnnxRuntimeCheck.Run(folder["m.onnx"], new("input", [Samples, Steps, features], x))
            .Answers(new("output", [Samples, ours.Classes], ours.Probabilities)).Output;
        ClassEvaluation theirs = ours with { Probabilities = output.Values };
        Assert.That(Enumerable.Range(0, Samples).Select(theirs.Predicted),
            Is.EqualTo(Enumerable.Range(0, Samples).Select(ours.Predicted)));
    }

    [Test]
    public void Softmax_gives_probabilities_and_batch_and_time_are_free(
        [Values(1, 3)] int samples, [Values(1, 5)] int steps)
    {
        LstmModel model = Network("torch_pre");
        float[] x = [.. Enumerable.Range(0, samples * steps * 3).Select(n => MathF.Sin(n * 1.7f))];
        float[] probabilities = [.. ModelProbabilities(model, x, samples, steps)];
        using TemporaryFolder folder = new();
        OnnxExport.Write(folder["m.onnx"], new(model) { Softmax = true });
        OnnxRuntimeCheck.Run(folder["m.onnx"], new("input", [samples, steps, 3], x))
            .Answers(new("output", [samples, 4], probabilities));
    }

    private static IEnumerable<float> ModelProbabilities(LstmModel model, float[] x, int samples, int steps)
    {
        foreach (double[] logits in Models.ModelOracle.Logits(model, x, samples, steps))
        {
            double sum = logits.Sum(Math.Exp);
            foreach (double logit in logits)
                yield return (float)(Math.Exp(logit) / sum);
        }
    }

    [Test]
    public void Final_states_are_both_directions_last_ones()
    {
        LstmModel model = Network("torch_both_ways");
        // Over one step the last step's outputs are the final states; over more they differ.
        foreach (int steps in new[] { 1, 4 })
        {
            float[] x = [.. Enumerable.Range(0, steps * 3).Select(n => MathF.Cos(n))];
            float[] atLastStep = [.. Models.ModelOracle.Logits(model, x, 1, steps)[0].Select(l => (float)l)];
            using TemporaryFolder folder = new();
            OnnxExport.Write(folder["m.onnx"], new(model) { FinalStates = true });
            Tensor output = OnnxRuntimeCheck.Run(folder["m.onnx"], new("input", [1, steps, 3], x)).Output;
            Assert.That(output.Values, steps == 1 ? Is.EqualTo(atLastStep).Within(1e-5)
                : Is.Not.EqualTo(atLastStep).Within(1e-3));
        }
    }

    /// <summary>An output at every step is that of the sequence up to there.</summary>
    [Test]
    public void An_output_at_every_step_is_the_sequences_so_far([Values] bool softmax)
    {
        const int Steps = 5;
        LstmModel model = Network("torch_pre");
        float[] x = [.. Enumerable.Range(0, Steps * 3).Select(n => MathF.Sin(n * 1.3f))];
        float[] expected = [.. Enumerable.Range(1, Steps).SelectMany(steps => softmax
            ? ModelProbabilities(model, x[..(3 * steps)], 1, steps)
            : Models.ModelOracle.Logits(model, x[..(3 * steps)], 1, steps)[0].Select(l => (float)l))];
        using TemporaryFolder folder = new();
        OnnxExport.Write(folder["m.onnx"], new(model) { EveryStep = true, Softmax = softmax });
        OnnxRuntimeCheck.Run(folder["m.onnx"], new("input", [1, Steps, 3], x))
            .Answers(new("output", [1, Steps, expected.Length / Steps], expected));
    }

    [Test]
    public void The_same_network_makes_the_same_file()
    {
        MemoryStream first = new(), second = new();
        OnnxExport.Write(first, new(Network("torch_both_ways")));
        OnnxExport.Write(second, new(Network("torch_both_ways")));
        Assert.That(second.ToArray(), Is.EqualTo(first.ToArray()).And.Not.Empty);
    }

    [TestCase(13)]
    [TestCase(18)]
    public void Other_operator_sets_are_refused_and_nothing_is_written(int opset)
    {
        using TemporaryFolder folder = new();
        Assert.That(() => OnnxExport.Write(folder["m.onnx"], new(Network("torch_plain")) { Opset = opset }),
            Throws.TypeOf<UsageException>().With.Message.Contains($"operator set {opset}"));
        Assert.That(folder.Files, Is.Empty);
    }

    [Test]
    public void Projections_are_a_sentence() =>
        Assert.That(() => OnnxExport.Write(new MemoryStream(), new(Network("torch_projected"))),
            Throws.TypeOf<GpuLstmException>().With.Message.Contains("projections"));
}
