using System.Text.Json;
using GpuLstm.Tests.Data;
using static GpuLstm.Tests.Host.Commands;

namespace GpuLstm.Tests.Host;

/// <summary>A run's figures are of what they say: its own test samples, its own classes, the model that is
/// meant.</summary>
[TestFixture, NonParallelizable]
public class TrustTests : TestsInFolder
{
    private const int Size = 28;

    [Test]
    public void Evaluate_scores_the_test_part_that_the_run_had_by_whatever_name_it_is_called()
    {
        string images = Images("images", ["a", "b"], 20);
        string run = Train("run", "--data", $"folder:{images}", "--split", "1:1", "--seed", "3");
        JsonElement result = Json(File.ReadAllText(Path.Combine(run, "result.json")));
        string checkpoint = Directory.GetFiles(Path.Combine(run, "checkpoints")).Order(StringComparer.Ordinal).Last();
        foreach (string name in new[] { run, Path.Combine(run, "model.safetensors"), checkpoint })
        {
            JsonElement figures = Json(Done("evaluate", name, "--json"));
            Assert.That(figures.GetProperty("test_samples").GetInt32(), Is.EqualTo(20));
            Assert.That(figures.GetProperty("test_accuracy").GetDouble(),
                Is.EqualTo(result.GetProperty("test_accuracy").GetDouble()), name);
            Assert.That(Done("summary", name), Does.Contain("Total parameters"));
            Assert.That(Done("predict", name, "--index", "0..3", "--json"), Does.Contain("probabilities"));
            Done("export", name, "--format", "npz", "--out", Folder["out.npz"], "--force");
            Done("report", name, "--out", Folder["report.html"]);
        }
        Train("again", "--from", checkpoint, "--data", $"folder:{images}");
        Assert.That(result.GetProperty("data_spec").GetString(), Is.EqualTo($"folder:{Path.GetFullPath(images)}"));
    }

    [Test]
    public void A_run_that_has_not_come_to_its_end_has_its_report_too()
    {
        string run = Train("run", "--data", $"folder:{Images("images", ["a", "b"], 20)}", "--split", "1:1");
        foreach (string name in new[] { "model.safetensors", "result.json" })
            File.Delete(Path.Combine(run, name));
        Assert.That(Done("report", run), Does.Contain("has not come to its end"));
        Assert.That(File.ReadAllText(Path.Combine(run, "report.html")), Does.Contain("1:1"));
        Assert.That(Json(Done("evaluate", run, "--json")).GetProperty("test_samples").GetInt32(), Is.EqualTo(20));
    }

    [Test]
    public void Samples_that_the_model_has_learned_from_are_counted_before_the_figure()
    {
        string images = Images("images", ["a", "b"], 20);
        string run = Train("run", "--data", $"folder:{images}", "--split", "1:1", "--seed", "3");
        (int code, string output, string errors) = CommandLineTests.Run(
            ["evaluate", run, "--data", $"folder:{images}", "--split", "1:1", "--seed", "4"]);
        Assert.That(code, Is.Zero, errors);
        int notice = output.IndexOf(" of these 20 samples are among those", StringComparison.Ordinal);
        Assert.That(notice, Is.Positive.And.LessThan(output.IndexOf("Test accuracy", StringComparison.Ordinal)));
        string others = Images("others", ["a", "b"], 7, shade: 40);
        JsonElement figures = Json(Done("evaluate", run, "--data", $"folder:{others}", "--json"));
        Assert.That(figures.GetProperty("test_samples").GetInt32(), Is.EqualTo(14), "the whole folder");
        Assert.That(figures.GetProperty("overlap_with_training").GetInt32(), Is.Zero);
        Directory.Move(images, Folder["moved"]);
        Assert.That(Done("evaluate", run, "--data", $"folder:{others}"), Does.Contain("cannot be told"));
        Assert.That(Failed(1, "evaluate", run), Does.Contain(images));
    }

    [Test]
    public void A_folder_of_train_and_test_is_taken_as_it_is()
    {
        string images = Folder["both"];
        Images(Path.Combine("both", "train"), ["a", "b", "c"], 12);
        Images(Path.Combine("both", "test"), ["c", "a"], 5, shade: 3);
        string run = Train("run", "--data", $"folder:{images}");
        JsonElement figures = Json(Done("evaluate", run, "--data", $"folder:{images}", "--json"));
        Assert.That(figures.GetProperty("test_samples").GetInt32(), Is.EqualTo(10));
        Assert.That(figures.GetProperty("overlap_with_training").GetInt32(), Is.Zero);
    }

    [Test]
    public void Classes_are_known_by_their_names()
    {
        string run = Train("run", "--data", $"folder:{Images("three", ["a", "b", "c"], 30)}", "--epochs", "30");
        string same = Images("same", ["a", "b", "c"], 10, 9), less = Images("fewer", ["b", "c"], 10, 9);
        JsonElement all = Json(Done("evaluate", run, "--data", $"folder:{same}", "--json"));
        JsonElement fewer = Json(Done("evaluate", run, "--data", $"folder:{less}", "--json"));
        Assert.That(all.GetProperty("test_accuracy").GetDouble(), Is.GreaterThan(0.9), "the shades are easy to tell");
        Assert.That(fewer.GetProperty("test_accuracy").GetDouble(), Is.GreaterThan(0.9), "b is 1 here, and 0 there");
        string errors = Failed(1, "evaluate", run, "--data", $"folder:{Images("other", ["b", "z"], 5)}");
        Assert.That(errors, Does.Contain("a, b, c").And.Contain("b, z"));
        Assert.That(Failed(1, "train", "--from", run, "--data", $"folder:{Folder["other"]}", "--out", Folder["no"]),
            Does.Contain("a, b, c").And.Contain("b, z"));

        string again = Train("again", "--from", run, "--data", $"folder:{less}");
        Assert.That(Json(Done("evaluate", again, "--json")).GetProperty("test_samples").GetInt32(), Is.EqualTo(4));
        Done("train", "--resume", again, "--epochs", "3");
        Done("report", again);
    }

    [Test]
    public void Validation_samples_choose_the_best_model_and_when_to_stop()
    {
        string[] options =
            ["--data", "strokes", "--limit", "600", "--validation", "20%", "--lr", "0.02", "--epochs", "40",
                "--patience", "2", "--monitor", "accuracy"];
        string run = Train("run", options);
        JsonElement result = Json(File.ReadAllText(Path.Combine(run, "result.json")));
        Assert.That(result.GetProperty("train_samples").GetInt32(), Is.EqualTo(480));
        Assert.That(result.GetProperty("validation_samples").GetInt32(), Is.EqualTo(120));
        Assert.That(result.GetProperty("stopped_early").GetBoolean());
        int best = result.GetProperty("best_epoch").GetInt32();
        Assert.That(result.GetProperty("epochs_done").GetInt32(), Is.EqualTo(best + 2));
        Assert.That(Json(Done("evaluate", run, "--best", "--json")).GetProperty("test_accuracy").GetDouble(),
            Is.EqualTo(result.GetProperty("best_test_accuracy").GetDouble()));
        Assert.That(File.ReadAllText(Path.Combine(run, "plots", "loss.svg")),
            Does.Contain("validation").And.Contain($"best: epoch {best}"));

        // More patience goes on from there; a run that had it from the start ends with the same bits.
        string more = Train("more", [.. options[..^3], "4", .. options[^2..]]);
        Done("train", "--resume", run, "--patience", "4");
        foreach (string name in new[] { "best.safetensors", "model.safetensors" })
            Assert.That(Tensors(Path.Combine(run, name)), Is.EqualTo(Tensors(Path.Combine(more, name))), name);
        Assert.That(Failed(2, "train", "--patience", "3", "--data", "strokes"), Does.Contain("--validation"));
        Assert.That(Failed(1, "evaluate", Train("without"), "--best"), Does.Contain("best.safetensors"));
    }

    [Test]
    public void A_finished_run_is_extended_as_if_it_had_been_longer_from_the_start()
    {
        string run = Train("run", "--epochs", "2"), whole = Train("whole", "--epochs", "4");
        Done("train", "--resume", run, "--epochs", "4");
        Assert.That(Tensors(Path.Combine(run, "model.safetensors")),
            Is.EqualTo(Tensors(Path.Combine(whole, "model.safetensors"))));
        Assert.That(File.ReadAllText(Path.Combine(run, "result.json")), Does.Contain("from step 25: --epochs 4"));
        Done("train", "--resume", run, "--epochs", "5", "--lr", "0.001");
        Assert.That(Failed(2, "train", "--resume", run, "--lr", "0.1"), Does.Contain("--epochs extends it"));
        Assert.That(Failed(2, "train", "--resume", run, "--epochs", "1"), Does.Contain("cannot take them back"));
        Assert.That(Failed(2, "train", "--resume", run, "--epochs", "6", "--hidden", "9"), Does.Contain("--hidden"));
        string cosine = Train("cosine", "--epochs", "2", "--schedule", "cosine");
        Assert.That(Failed(2, "train", "--resume", cosine, "--epochs", "3"), Does.Contain("--schedule"));
        Done("train", "--resume", cosine, "--epochs", "3", "--schedule", "constant", "--lr", "0.001");
    }

    [Test]
    public void A_run_folder_has_one_writer_and_many_readers()
    {
        string run = Train("run", "--epochs", "1");
        using (GpuLstm.Host.RunLock.Take(run))
        {
            Assert.That(Failed(1, "train", "--resume", run, "--epochs", "2"),
                Does.Contain($"process {Environment.ProcessId}").And.Contain(run));
            Done("evaluate", run);
        }
        Done("train", "--resume", run, "--epochs", "2");
    }

    [Test]
    public void One_unreadable_image_does_not_fail_the_others()
    {
        string run = Train("run", "--epochs", "1");
        byte[] bar = [.. Enumerable.Range(0, Size * Size)
            .Select(i => (byte)(i % Size is >= 12 and < 16 && i / Size is >= 6 and < 22 ? 255 : 0))];
        string good = Folder.Write("good.png", TestImage.Encode(bar, Size, Size));
        string bad = Folder.Write("bad.png", [1, 2, 3]);
        (int code, string output, string errors) = CommandLineTests.Run(["predict", run, bad, good, "--json"]);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1).And.All.Contains(bad));
        Assert.That(Json(output).EnumerateArray().Single().GetProperty("name").GetString(), Is.EqualTo(good));
    }

    [Test]
    public void Weights_that_are_not_finite_are_refused_by_name(
        [Values("evaluate", "predict", "export")] string command)
    {
        string model = Path.Combine(Train("run", "--epochs", "1"), "model.safetensors");
        byte[] bytes = File.ReadAllBytes(model);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), float.NaN);
        File.WriteAllBytes(model, bytes);
        string[] more = command == "export" ? ["--format", "npz", "--out", Folder["x.npz"]] : ["--data", "strokes"];
        Assert.That(Failed(1, [command, model, .. more]), Does.Contain("not finite numbers, in '"));
    }

    [Test]
    public void Scores_by_class_and_predictions_are_told_with_the_classes_names()
    {
        string run = Train("run", "--data", $"folder:{Images("images", ["a", "b, c"], 20)}", "--epochs", "20");
        string table = Folder["p.csv"];
        JsonElement figures = Json(Done("evaluate", run, "--top-k", "2", "--out", table, "--json"));
        JsonElement scores = figures.GetProperty("scores");
        Assert.That(scores.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "a", "b, c" }));
        Assert.That(scores.GetProperty("micro").GetProperty("f1").GetDouble(),
            Is.EqualTo(figures.GetProperty("test_accuracy").GetDouble()).Within(1e-12));
        Assert.That(figures.GetProperty("top_k_accuracy").GetDouble(), Is.EqualTo(1), "of two classes");
        string[] lines = File.ReadAllLines(table);
        Assert.That(lines[0], Is.EqualTo("index,label,predicted,pa,\"pb, c\""));
        Assert.That(lines, Has.Length.EqualTo(1 + figures.GetProperty("test_samples").GetInt32()));
        Assert.That(Done("evaluate", run), Does.Contain("precision").And.Contain("macro").And.Contain("weighted"));
        Done("predict", run, "--index", "0..2", "--out", table);
        Assert.That(File.ReadAllLines(table)[0], Is.EqualTo("name,label,predicted,pa,\"pb, c\""));
    }

    private string Train(string name, params string[] options)
    {
        string run = Folder[name];
        string[] data = options.Contains("--data") ? [] : ["--data", "strokes", "--limit", "600"];
        string[] epochs = options.Contains("--epochs") ? [] : ["--epochs", "2"];
        Done(["train", "--out", run, "--hidden", "12", "--batch", "50", .. data, .. epochs, .. options]);
        return run;
    }

    /// <summary>A folder of images that differ, their class told by their shade.</summary>
    private string Images(string name, string[] classes, int count, int shade = 0)
    {
        foreach (string label in classes)
            for (int i = 0; i < count; i++)
            {
                byte[] pixels = new byte[Size * Size];
                Array.Fill(pixels, (byte)(80 * (label[0] - 'a') % 256 + 2));
                (pixels[i], pixels[Size + shade]) = (255, 200);
                Folder.Write(Path.Combine(name, label, $"{i}.png"), TestImage.Encode(pixels, Size, Size));
            }
        return Folder[name];
    }

    /// <summary>A file's tensors, without its metadata.</summary>
    private static byte[] Tensors(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        return file[(8 + (int)BitConverter.ToInt64(file))..];
    }
}
