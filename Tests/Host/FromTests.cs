using System.Text.Json;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Formats;
using GpuLstm.Tests.Formats.Models;

namespace GpuLstm.Tests.Host;

/// <summary><c>--from</c>: weights that PyTorch or Keras saved.</summary>
[TestFixture, NonParallelizable]
public class FromTests : TestsInFolder
{
    private static readonly string _rows = Sample.PathOf("torch_rows.safetensors");
    private static readonly string[] _normalised = ["--mean", "0.1307", "--std", "0.3081"];

    [TestCase("torch_rows.safetensors")]
    [TestCase("torch_rows.npz")]
    public void Predict_says_what_PyTorch_says(string file)
    {
        float[] logits = NpzFile.Read(Sample.PathOf("torch_rows_answers.npz")).Find("logits")!.ToFloats().Values;
        string[] images = [.. Enumerable.Range(0, 3).Select(n => WriteImage($"{n}.png", n))];
        (int code, string output, string errors) =
            CommandLineTests.Run(["predict", "--from", Sample.PathOf(file), .. images, .. _normalised, "--json"]);
        Assert.That(code, Is.Zero, errors);
        JsonElement[] items = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.That(items.Select(i => i.GetProperty("name").GetString()), Is.EqualTo(images));
        for (int n = 0; n < items.Length; n++)
        {
            double[] exponents = [.. logits.Skip(n * 10).Take(10).Select(l => Math.Exp(l))];
            Assert.That(items[n].GetProperty("probabilities").EnumerateArray().Select(p => p.GetDouble()),
                Is.EqualTo(exponents.Select(e => e / exponents.Sum())).Within(1e-5));
        }
    }

    /// <summary>What a file does not tell is asked for, and stays with the model.</summary>
    [Test]
    public void Normalisation_is_said_asked_for_and_kept()
    {
        string image = WriteImage("image.png", 1), kept = Folder["kept.safetensors"];
        (_, string plain, string notice) = CommandLineTests.Run(["predict", "--from", _rows, image, "--json"]);
        Assert.That(notice, Does.Contain("does not say how its inputs were normalised").And.Contain("--mean and --std"));
        (int code, _, string errors) =
            CommandLineTests.Run(["export", _rows, "--format", "safetensors", "--out", kept, .. _normalised]);
        Assert.That((code, errors), Is.EqualTo((0, "")));
        string[] answers = [.. new string[][] { ["--from", _rows, image, .. _normalised], [kept, image] }.Select(line =>
            CommandLineTests.Run(["predict", .. line, "--json"]).Output)];
        Assert.That(answers[1], Is.EqualTo(answers[0]).And.Not.EqualTo(plain));
        Assert.That(CommandLineTests.Run(["predict", kept, image, "--mean", "0.5"]).Errors,
            Does.Contain("knows its own"));
    }

    [Test]
    public void Evaluate_takes_the_classes_of_the_data()
    {
        (int code, string output, string errors) =
            CommandLineTests.Run(["evaluate", "--from", _rows, "--data", "strokes", "--limit", "200"]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("Test accuracy").And.Contain("200 images"));
    }

    [Test]
    public void Training_starts_from_the_weights_and_follows_their_layers()
    {
        // A rate so small that no weight moves.
        Train("still", "--lr", "1e-30", "--recipe", "dense28-lstm28");
        Model model = Model.Load(Folder["still", "model.safetensors"]);
        IReadOnlyList<Tensor> original = LstmModelFile.Read(_rows).ToTensors();
        Assert.That(model.Tensors.Select(t => t.Name), Is.EqualTo(original.Select(t => t.Name)));
        for (int i = 0; i < original.Count; i++)
            Assert.That(model.Tensors[i].Values, Is.EqualTo(original[i].Values), original[i].Name);
        Assert.That((model.Recipe.Hidden.ToString(), model.Recipe.Layers, model.Recipe.PreLinear),
            Is.EqualTo(("12", 2, 0)));
        Assert.That(JsonDocument.Parse(File.ReadAllText(Folder["still", "result.json"])).RootElement
            .GetProperty("from").GetString(), Is.EqualTo(_rows));

        Train("moving");
        Assert.That(Model.Load(Folder["moving", "model.safetensors"]).Tensors[0].Values,
            Is.Not.EqualTo(original[0].Values));
    }

    [Test]
    public void A_model_of_our_own_is_trained_further_with_its_normalisation()
    {
        Train("first", _normalised);
        (int code, _, string errors) = CommandLineTests.Run(["train", "--from", Folder["first", "model.safetensors"],
            "--data", "strokes", "--limit", "100", "--epochs", "1", "--out", Folder["second"]]);
        Assert.That(code, Is.Zero, errors);
        Recipe recipe = Model.Load(Folder["second", "model.safetensors"]).Recipe;
        Assert.That((recipe.Mean, recipe.Deviation), Is.EqualTo((0.1307f, 0.3081f)));
    }

    [TestCase("train --hidden 13", 2, "another --hidden")]
    [TestCase("train --init keras", 2, "another --init")]
    [TestCase("train --resume runs/x", 2, "--from")]
    [TestCase("evaluate --std 0", 2, "--std")]
    [TestCase("evaluate --mean NaN", 2, "--mean")]
    public void What_does_not_go_with_it_is_a_sentence(string line, int expected, string named) =>
        AssertRefused([.. line.Split(' '), "--from", _rows, "--data", "strokes"], expected, named);

    [TestCase("evaluate", 2, "--from")]
    [TestCase("predict", 2, "MODEL")]
    public void A_model_is_named_one_way(string line, int expected, string named) =>
        AssertRefused([.. line.Split(' '), "--data", "strokes"], expected, named);

    [TestCase("torch_plain.safetensors", "train", "rows of 3 values")]
    [TestCase("torch_plain.safetensors", "evaluate", "rows of 3 values")]
    [TestCase("arrays.npz", "evaluate", "it has no LSTM layer")]
    [TestCase("torch/hostile.pt", "train", "wants to build posix.system")]
    [TestCase("nosuch.npz", "evaluate", "no such file")]
    public void A_file_that_does_not_fit_is_a_sentence(string file, string command, string named) =>
        AssertRefused([command, "--from", Sample.PathOf(file), "--data", "strokes"], 1, named);

    private void AssertRefused(string[] line, int expected, string named)
    {
        string[] run = line[0] == "train" && !line.Contains("--resume") ? ["--out", Folder["run"]] : [];
        (int code, string output, string errors) = CommandLineTests.Run([.. line, .. run]);
        Assert.That(code, Is.EqualTo(expected), errors);
        Assert.That(errors, Does.StartWith("gpulstm: ").And.Contain(named).And.Not.Contain("   at "));
        Assert.That(Directory.GetFileSystemEntries(Folder.Path), Is.Empty);
    }

    private void Train(string run, params string[] options)
    {
        (int code, _, string errors) = CommandLineTests.Run(["train", "--from", _rows, "--data", "strokes", "--limit",
            "100", "--epochs", "1", "--out", Folder[run], .. options]);
        Assert.That(code, Is.Zero, errors);
    }

    /// <summary>An image of tools/make_format_samples.py's formula.</summary>
    private string WriteImage(string name, int n)
    {
        const int Size = 28;
        byte[] pixels = [.. Enumerable.Range(0, Size * Size).Select(p => (t: p / Size, i: p % Size))
            .Select(p => (byte)(37 * n + 11 * p.t + 7 * p.i + p.t * p.i % 13 * 5))];
        return Folder.Write(name, Data.TestImage.Encode(pixels, Size, Size));
    }
}
