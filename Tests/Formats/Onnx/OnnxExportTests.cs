using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Formats.Onnx;

namespace GpuLstm.Tests.Formats.Onnx;

public class OnnxExportTests
{
    private static LstmModel Network(string name) => LstmModelFile.Read(Sample.PathOf($"{name}.safetensors"));

    private static Tensor Answer(string name, string tensor) =>
        NpzFile.Read(Sample.PathOf($"{name}_answers.npz")).Find(tensor)!.ToFloats();

    /// <summary>Checks a file and what it answers.</summary>
    /// <param name="tensors">Inputs, and outputs to compare with, under their names.</param>
    private static (int Code, string Output) Check(string model, params Tensor[] tensors)
    {
        string input = Path.ChangeExtension(model, ".npz");
        NpzFile.Write(input, tensors);
        return PythonTool.OnnxCheck.Run(model, input);
    }

    [TestCase("torch_plain", 14)]
    [TestCase("torch_plain", 15)]
    [TestCase("torch_plain", 16)]
    [TestCase("torch_plain", 17)]
    [TestCase("torch_pre", 14)]
    [TestCase("torch_no_bias", 14)]
    [TestCase("torch_both_ways", 17)]
    public void An_exported_network_passes_the_checker_and_answers_as_in_PyTorch(string name, int opset)
    {
        PythonTool.OnnxCheck.Require();
        using TemporaryFolder folder = new();
        OnnxExport.Write(folder["m.onnx"], new(Network(name))
        {
            Opset = opset, InputName = "rows", OutputName = "logits", TimeSteps = 7,
            Metadata = new Dictionary<string, string> { ["classes"] = "a,b", ["accuracy"] = "0.5" },
        });
        (int code, string output) = Check(
            folder["m.onnx"], Answer(name, "x") with { Name = "rows" }, Answer(name, "logits"));
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("logits [2, ").And.Contain("largest difference").And.Contain($"set {opset}")
            .And.Contain("metadata: accuracy = 0.5").And.Contain("metadata: classes = a,b"));
    }

    [Test]
    public void The_check_fails_for_other_answers()
    {
        PythonTool.OnnxCheck.Require();
        using TemporaryFolder folder = new();
        OnnxExport.Write(folder["m.onnx"], new(Network("torch_plain")));
        Tensor logits = Answer("torch_plain", "logits");
        logits.Values[3] += 1e-3f;
        (int code, string output) = Check(
            folder["m.onnx"], Answer("torch_plain", "x") with { Name = "input" }, logits with { Name = "output" });
        Assert.That(code, Is.EqualTo(1), output);
    }

    [Test]
    public void Softmax_gives_probabilities_and_batch_and_time_are_free(
        [Values(1, 3)] int samples, [Values(1, 5)] int steps)
    {
        PythonTool.OnnxCheck.Require();
        LstmModel model = Network("torch_pre");
        float[] x = [.. Enumerable.Range(0, samples * steps * 3).Select(n => MathF.Sin(n * 1.7f))];
        float[] probabilities = [.. ModelProbabilities(model, x, samples, steps)];
        using TemporaryFolder folder = new();
        OnnxExport.Write(folder["m.onnx"], new(model) { Softmax = true });
        (int code, string output) = Check(folder["m.onnx"],
            new Tensor("input", [samples, steps, 3], x), new Tensor("output", [samples, 4], probabilities));
        Assert.That(code, Is.Zero, output);
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
        PythonTool.OnnxCheck.Require();
        LstmModel model = Network("torch_both_ways");
        // Over one step the last step's outputs are the final states; over more they differ.
        foreach (int steps in new[] { 1, 4 })
        {
            float[] x = [.. Enumerable.Range(0, steps * 3).Select(n => MathF.Cos(n))];
            Tensor atLastStep =
                new("output", [1, 5], [.. Models.ModelOracle.Logits(model, x, 1, steps)[0].Select(l => (float)l)]);
            using TemporaryFolder folder = new();
            OnnxExport.Write(folder["m.onnx"], new(model) { FinalStates = true });
            (int code, string output) =
                Check(folder["m.onnx"], new Tensor("input", [1, steps, 3], x), atLastStep);
            Assert.That(code, Is.EqualTo(steps == 1 ? 0 : 1), output);
            Assert.That(output, Does.Contain("largest difference").And.Not.Contain("inf"));
        }
    }

    /// <summary>An output at every step is that of the sequence up to there.</summary>
    [Test]
    public void An_output_at_every_step_is_the_sequences_so_far([Values] bool softmax)
    {
        PythonTool.OnnxCheck.Require();
        const int Steps = 5;
        LstmModel model = Network("torch_pre");
        float[] x = [.. Enumerable.Range(0, Steps * 3).Select(n => MathF.Sin(n * 1.3f))];
        float[] expected = [.. Enumerable.Range(1, Steps).SelectMany(steps => softmax
            ? ModelProbabilities(model, x[..(3 * steps)], 1, steps)
            : Models.ModelOracle.Logits(model, x[..(3 * steps)], 1, steps)[0].Select(l => (float)l))];
        using TemporaryFolder folder = new();
        OnnxExport.Write(folder["m.onnx"], new(model) { EveryStep = true, Softmax = softmax });
        (int code, string output) = Check(folder["m.onnx"],
            new Tensor("input", [1, Steps, 3], x), new Tensor("output", [1, Steps, expected.Length / Steps], expected));
        Assert.That(code, Is.Zero, output);
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
