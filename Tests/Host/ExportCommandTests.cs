using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Formats;
using GpuLstm.Tests.Formats.Models;
using GpuLstm.Tests.Formats.Onnx;

namespace GpuLstm.Tests.Host;

/// <summary>Models on their way to other programs and back.</summary>
[TestFixture, NonParallelizable]
public class ExportCommandTests
{
    private static readonly string[] _runs = ["two-biases", "one-bias", "both-ways"];
    private const string Projected = "projected", Normalised = "layer-norm", Zoned = "zoneout";

    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TemporaryFolder();
        string[] quick =
            ["--data", "strokes", "--limit", "300", "--batch", "30", "--epochs", "1", "--lr", "0.01"];
        foreach ((string name, string[] options) in new (string, string[])[]
        {
            (_runs[0], ["--hidden", "11", "--layers", "2", "--mean", "0.1307", "--std", "0.3081"]),
            (_runs[1], ["--recipe", "dense28-lstm28", "--pre", "9", "--hidden", "7", "--layers", "2"]),
            (_runs[2], ["--hidden", "9,6", "--bidirectional", "--dropout", "0.2"]),
            (Projected, ["--hidden", "9", "--projection", "4"]), (Normalised, ["--hidden", "5", "--layer-norm"]),
            (Zoned, ["--hidden", "5", "--zoneout-h", "0.1"]),
        })
        {
            (int code, _, string errors) =
                CommandLineTests.Run(["train", "--out", _folder[name], .. quick, .. options]);
            Assert.That(code, Is.Zero, errors);
        }
    }

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [TestCase("two-biases", "torch")]
    [TestCase("two-biases", "keras")]
    [TestCase("one-bias", "npz")]
    [TestCase("both-ways", "torch")]
    [TestCase("both-ways", "keras")]
    [TestCase("two-biases", "torch", "pt")]
    [TestCase("one-bias", "onnx")]
    [TestCase("two-biases", "keras", "h5")]
    [TestCase("one-bias", "keras", "h5")]
    [TestCase("two-biases", "keras", "npz")]
    [TestCase("both-ways", "onnx")]
    [TestCase("both-ways", "torch", "pth")]
    public void An_exported_model_is_evaluated_as_the_model(string run, string format, string? extension = null)
    {
        string file = Export(run, format, extension: extension);
        double[] expected = Evaluate([_folder[run]]), exported = Evaluate(["--from", file]);
        double tolerance = format == "keras" ? 1e-5 : 0; // it has the sum of both biases: a rounding more
        Assert.That(exported, Is.EqualTo(expected).Within(tolerance));
    }

    [TestCase("two-biases", "torch")]
    [TestCase("two-biases", "npz")]
    [TestCase("one-bias", "torch")]
    [TestCase("both-ways", "npz")]
    [TestCase(Projected, "torch")]
    public void PyTorch_loads_what_is_exported_and_answers_the_same(string run, string format)
    {
        PythonTool.TorchCheck.Require();
        (int code, string output) = PythonTool.TorchCheck.Run(Export(run, format), Questions(run));
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("tensors loaded, largest difference"));
    }

    [TestCase("two-biases", 14)]
    [TestCase("two-biases", 17)]
    [TestCase("one-bias", 15)]
    [TestCase("both-ways", 14)]
    [TestCase("both-ways", 17)]
    public void ONNX_Runtime_answers_the_same(string run, int opset)
    {
        TensorArchive questions = NpzFile.Read(Questions(run));
        OnnxRuntimeCheck check = OnnxRuntimeCheck.Run(Export(run, "onnx", ["--opset", $"{opset}"]),
            questions.Find("input")!.ToFloats()).Answers(questions.Find("logits")!.ToFloats());
        Assert.That(check.Opset, Is.EqualTo(opset));
        Assert.That(check.Metadata["classes"], Does.StartWith("[\"0\","));
        Assert.That(check.Metadata["input"], Does.Contain(
            run == _runs[0] ? "(pixel / 255 - 0.1307) / 0.3081" : "(pixel / 255 - 0) / 1"));
    }

    [Test]
    public void Onnx_gives_probabilities_where_asked()
    {
        TensorArchive questions = NpzFile.Read(Questions(_runs[0]));
        float[] exponents = [.. questions.Find("logits")!.ToFloats().Values.Select(MathF.Exp)];
        OnnxRuntimeCheck.Run(Export(_runs[0], "onnx", ["--softmax"]), questions.Find("input")!.ToFloats()).Answers(
            new("probabilities", [3, 10],
                [.. exponents.Select((e, i) => e / exponents.Skip(i / 10 * 10).Take(10).Sum())]));
    }

    [Test]
    public void A_state_dict_has_both_biases_the_second_of_zeros_where_there_was_one()
    {
        TensorArchive file = SafetensorsFile.Read(Export(_runs[1], "torch"));
        Assert.That(file.Tensors.Select(t => $"{t.Name} {TensorShape.Text(t.Shape)}"), Is.EqualTo(new[]
        {
            "pre.weight [9, 28]", "pre.bias [9]",
            "lstm.weight_ih_l0 [28, 9]", "lstm.weight_hh_l0 [28, 7]", "lstm.bias_ih_l0 [28]", "lstm.bias_hh_l0 [28]",
            "lstm.weight_ih_l1 [28, 7]", "lstm.weight_hh_l1 [28, 7]", "lstm.bias_ih_l1 [28]", "lstm.bias_hh_l1 [28]",
            "fc.weight [10, 7]", "fc.bias [10]",
        }));
        Assert.That(file.Find("lstm.bias_hh_l1")!.ToFloats().Values, Is.All.Zero);
        Assert.That(file.Find("lstm.bias_ih_l1")!.ToFloats().Values, Has.Some.Not.Zero);
        Assert.That(file.Metadata["format"], Is.EqualTo("pt"));
    }

    [Test]
    public void Weights_of_other_programs_are_exported_too()
    {
        string file = _folder["converted.safetensors"];
        (int code, string output, _) = CommandLineTests.Run(
            ["export", Sample.PathOf("torch_rows.npz"), "--format", "safetensors", "--out", file, "--json"]);
        Assert.That(code, Is.Zero);
        JsonElement json = JsonDocument.Parse(output).RootElement;
        Assert.That(json.GetProperty("parameters").GetInt32(), Is.EqualTo(3394));
        Assert.That(json.GetProperty("bytes").GetInt64(), Is.EqualTo(new FileInfo(file).Length));
        Assert.That(Model.Load(file).Tensors.Select(t => t.Name), Has.Some.EqualTo("lstm.weight_hh_l1"));
    }

    [Test]
    public void A_file_that_exists_is_kept_unless_forced()
    {
        string file = _folder["mine.onnx"];
        File.WriteAllText(file, "keep");
        string[] line = ["export", _folder[_runs[0]], "--format", "onnx", "--out", file];
        (int code, string output, string errors) = CommandLineTests.Run(line);
        Assert.That((code, output, File.ReadAllText(file)), Is.EqualTo((1, "", "keep")));
        Assert.That(errors, Does.Contain("mine.onnx").And.Contain("--force"));
        Assert.That(CommandLineTests.Run([.. line, "--force"]).Code, Is.Zero);
        Assert.That(new FileInfo(file).Length, Is.GreaterThan(1000));
    }

    [TestCase(Projected, "keras", "projections")]
    [TestCase(Projected, "onnx", "projections")]
    [TestCase(Normalised, "torch", "layer normalisation")]
    [TestCase(Zoned, "onnx", "zoneout")]
    public void What_a_format_cannot_keep_is_a_sentence(string run, string format, string named)
    {
        string file = _folder["impossible"];
        (int code, _, string errors) =
            CommandLineTests.Run(["export", _folder[run], "--format", format, "--out", file]);
        Assert.That(code, Is.EqualTo(1), errors);
        Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(errors, Does.Contain(named));
        Assert.That(file, Does.Not.Exist);
        Assert.That(CommandLineTests.Run(
            ["export", _folder[run], "--format", "safetensors", "--force", "--out", _folder[$"{run}.own"]]).Code,
            Is.Zero);
        Assert.That(Evaluate([_folder[$"{run}.own"]]), Is.EqualTo(Evaluate([_folder[run]])));
    }

    [TestCase("--format torch --softmax", 2, "--softmax")]
    [TestCase("--format npz --opset 14", 2, "--opset")]
    [TestCase("--format onnx --opset 18", 2, "18")]
    [TestCase("--format pickle", 2, "pickle")]
    [TestCase("", 2, "--format")]
    public void A_wrong_command_line_writes_nothing(string options, int expected, string named)
    {
        string file = _folder["nothing"];
        (int code, _, string errors) = CommandLineTests.Run(["export", _folder[_runs[0]], "--out", file,
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.That(code, Is.EqualTo(expected), errors);
        Assert.That(errors, Does.StartWith("gpulstm: ").And.Contain(named));
        Assert.That(file, Does.Not.Exist);
    }

    private string Export(string run, string format, string[]? options = null, string? extension = null)
    {
        string file = _folder[$"{run}.{extension ?? format}"];
        (int code, string output, string errors) = CommandLineTests.Run(
            ["export", _folder[run], "--format", format, "--out", file, "--force", .. options ?? []]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain(file).And.Contain("pixel / 255"));
        return file;
    }

    /// <summary>A file of an input [3, 28, 28], and the logits that float64 arithmetic gives for it.</summary>
    private string Questions(string run)
    {
        float[] x = [.. Enumerable.Range(0, 3 * 28 * 28).Select(n => MathF.Sin(n * 0.37f) + MathF.Cos(n * 0.011f))];
        Model model = Model.Load(_folder[run, "model.safetensors"]);
        double[][] logits = ModelOracle.Logits(model.Weights(), x, 3, 28, finalStates: true);
        NpzFile.Write(_folder["questions.npz"],
        [
            new("input", [3, 28, 28], x), new("logits", [3, 10], [.. logits.SelectMany(l => l).Select(l => (float)l)]),
        ]);
        return _folder["questions.npz"];
    }

    private static double[] Evaluate(string[] model)
    {
        (int code, string output, string errors) =
            CommandLineTests.Run(["evaluate", .. model, "--data", "strokes", "--limit", "500", "--json"]);
        Assert.That(code, Is.Zero, errors);
        JsonNode json = JsonNode.Parse(output)!;
        return [json["test_accuracy"]!.GetValue<double>(), json["test_loss"]!.GetValue<double>()];
    }
}
