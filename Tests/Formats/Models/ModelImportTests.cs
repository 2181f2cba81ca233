using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Formats.Models;

/// <summary>Networks of PyTorch and Keras run as ours.</summary>
public class ModelImportTests : TestsInFolder
{
    /// <summary>What our own layers answer: logits [N, C].</summary>
    internal static float[] Logits(Model model, Tensor x)
    {
        (int samples, int steps, int inputs) = ((int)x.Shape[0], (int)x.Shape[1], (int)x.Shape[2]);
        var timeMajor = new float[x.Values.Length];
        for (int n = 0; n < samples; n++)
            for (int t = 0; t < steps; t++)
                x.Values.AsSpan((n * steps + t) * inputs, inputs).CopyTo(timeMajor.AsSpan((t * samples + n) * inputs));
        using var cpu = new CpuEngine(2);
        using ParameterSet parameters = model.Upload(cpu);
        using var network = new Network(
            cpu, model.Network with { TimeSteps = steps }, parameters, samples, training: false);
        using var input = cpu.Upload<float>(timeMajor);
        return cpu.Read(network.Forward(samples, input.View));
    }

    private static Tensor Answer(string name, string tensor) =>
        NpzFile.Read(Sample.PathOf($"{name}_answers.npz")).Find(tensor)!.ToFloats();

    [TestCase("torch_plain.safetensors")]
    [TestCase("torch_plain.npz")]
    [TestCase("torch_pre.safetensors")]
    [TestCase("torch_no_bias.safetensors")]
    [TestCase("torch_final_states.safetensors")]
    [TestCase("torch_projected.safetensors")]
    public void Our_layers_answer_as_PyTorch(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        float[] logits = Logits(ModelImport.Read(Sample.PathOf(file)), Answer(name, "x"));
        Assert.That(logits, Is.EqualTo(Answer(name, "logits").Values).Within(1e-5f).And.Not.Empty);
    }

    [Test]
    public void A_network_of_Keras_has_one_bias_and_answers_the_same()
    {
        LstmModel weights = LstmModelFile.Read(Sample.PathOf("torch_pre.safetensors"));
        NpzFile.Write(Folder["keras.npz"], KerasNames.ToVariables(weights));
        Model model = ModelImport.Read(Folder["keras.npz"]);
        Assert.That((model.Network.Biases, model.Recipe.Initialisation), Is.EqualTo((1, Initialisation.Keras)));
        Assert.That(Logits(model, Answer("torch_pre", "x")),
            Is.EqualTo(Answer("torch_pre", "logits").Values).Within(1e-5f));
    }

    [Test]
    public void What_a_file_does_not_tell_is_taken_as_it_usually_is()
    {
        Model model = ModelImport.Read(Sample.PathOf("torch_rows.safetensors"));
        Assert.Multiple(() =>
        {
            Assert.That(model.Classes, Is.EqualTo(Enumerable.Range(0, 10).Select(c => $"{c}")));
            Assert.That((model.Network.TimeSteps, model.Network.InputSize), Is.EqualTo((28, 28)));
            Assert.That((model.Recipe.Mean, model.Recipe.Deviation), Is.EqualTo((0f, 1f)));
            Assert.That((model.Recipe.Hidden.ToString(), model.Recipe.Layers, model.Recipe.PreLinear),
                Is.EqualTo(("12", 2, 0)));
        });
    }

    [Test]
    public void A_model_comes_back_from_its_journey_with_all_it_knows(
        [Values("torch_pre", "torch_final_states")] string name,
        [Values(ExportFormat.Torch, ExportFormat.Npz, ExportFormat.Keras, ExportFormat.Safetensors)]
        ExportFormat format)
    {
        Model read = ModelImport.Read(Sample.PathOf($"{name}.safetensors"));
        Model model = read with
        {
            Recipe = read.Recipe with { Mean = 0.1307f, Deviation = 0.3081f },
            Classes = [.. new[] { "a", "\"b\"", "ü", "", "e" }.Take(read.Classes.Count)],
            Network = read.Network with { TimeSteps = 9 },
        };
        ModelExport.Write(model, format, Folder["m"], overwrite: false);
        Model again = ModelImport.Read(Folder["m"]);
        Assert.Multiple(() =>
        {
            Assert.That((again.Recipe.Mean, again.Recipe.Deviation), Is.EqualTo((0.1307f, 0.3081f)));
            Assert.That(again.Classes, Is.EqualTo(model.Classes));
            Assert.That(again.Network.TimeSteps, Is.EqualTo(9));
            Assert.That(Logits(again, Answer(name, "x")), Is.EqualTo(Logits(model, Answer(name, "x"))).Within(2e-6f));
        });
    }

    [TestCase("""{"producer":"gpulstm 0.1.0","mean":"0"}""", "lacks 'deviation'")]
    [TestCase("""{"producer":"gpulstm 0.1.0","mean":"0","deviation":"0","time_steps":"7","classes":"[]"}""",
        "impossible")]
    [TestCase("""{"producer":"gpulstm 0.1.0","mean":"none","deviation":"1"}""", "damaged 'mean'")]
    public void Notes_of_our_own_that_are_damaged_are_a_sentence(string notes, string named)
    {
        var metadata = System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, string>>(notes)!;
        NpzFile.Write(Folder["m.npz"],
            LstmModelFile.Read(Sample.PathOf("torch_plain.safetensors")).ToTensors(), metadata);
        Assert.That(() => ModelImport.Read(Folder["m.npz"]),
            Throws.TypeOf<FileFormatException>().With.Message.Contains(named).And.Message.Contains("m.npz"));
    }

    [Test]
    public void What_our_layers_lack_is_a_sentence()
    {
        NpzFile.Write(Folder["m.npz"],
        [
            .. TorchNamesTests.Lstm("a", 3, 4), .. TorchNamesTests.Lstm("a", 3, 4, end: "_l0_reverse"),
            .. TorchNamesTests.Lstm("b", 8, 5), TorchNamesTests.Zeros("fc.weight", 2, 5),
        ]);
        Assert.That(() => ModelImport.Read(Folder["m.npz"]), Throws.TypeOf<GpuLstmException>()
            .With.Message.Contains("of one and of two directions, which this program's layers lack"));
    }

    [Test]
    public void Metadata_of_others_are_passed_over()
    {
        NpzFile.Write(Folder["m.npz"], LstmModelFile.Read(Sample.PathOf("torch_plain.safetensors")).ToTensors(),
            new Dictionary<string, string> { ["mean"] = "of all", ["classes"] = "many" });
        Assert.That(ModelImport.Read(Folder["m.npz"]).Recipe.Mean, Is.Zero);
    }
}
