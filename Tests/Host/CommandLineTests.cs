using System.Text.Json;
using GpuLstm.Host;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.Host;

/// <summary>The program as a user meets it: arguments in, output, files and exit code out.</summary>
[TestFixture, NonParallelizable]
public class CommandLineTests : TestsInFolder
{
    private static readonly string[] _quick = ["--data", "strokes", "--limit", "600", "--hidden", "16", "--batch", "50",
        "--epochs", "1"];

    [Test]
    public void Train_leaves_a_run_folder_that_evaluate_and_predict_agree_with()
    {
        string run = Folder["run"];
        (int code, string output, _) = Run(["train", "--out", run, "--seed", "3", .. _quick]);
        Assert.That(code, Is.Zero, output);
        JsonElement result = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "result.json"))).RootElement;
        double accuracy = result.GetProperty("test_accuracy").GetDouble();
        Assert.Multiple(() =>
        {
            Assert.That(result.GetProperty("recipe").GetString(), Is.EqualTo("lstm128"));
            Assert.That(result.GetProperty("data").GetString(), Is.EqualTo("strokes"));
            Assert.That(result.GetProperty("device").GetString(), Is.EqualTo("cpu"));
            Assert.That(result.GetProperty("train_samples").GetInt32(), Is.EqualTo(600));
            Assert.That(result.GetProperty("batch_size").GetInt32(), Is.EqualTo(50));
            Assert.That(result.GetProperty("seed").GetInt32(), Is.EqualTo(3));
            Assert.That(result.GetProperty("peak_memory_bytes").GetInt64(), Is.GreaterThan(10_000_000));
            foreach (string name in new[] { "model.safetensors", "metrics.jsonl", "plots/loss.svg",
                "plots/accuracy.svg", "plots/confusion.svg" })
                Assert.That(Path.Combine(run, name), Does.Exist);
            Assert.That(output, Does.Contain("strokes").And.Contain(run));
        });

        string model = Path.Combine(run, "model.safetensors"), csv = Folder["p.csv"];
        (code, output, _) = Run(["evaluate", model, "--data", "strokes", "--seed", "3", "--predictions", csv,
            "--json"]);
        Assert.That(code, Is.Zero);
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("test_accuracy").GetDouble(),
            Is.EqualTo(accuracy));
        string[] lines = File.ReadAllLines(csv);
        Assert.That(lines[0], Is.EqualTo("index,label,predicted,p0,p1,p2,p3,p4,p5,p6,p7,p8,p9"));
        string[][] rows = [.. lines.Skip(1).Select(l => l.Split(','))];
        Assert.That(rows.Count(r => r[1] == r[2]) / (double)rows.Length, Is.EqualTo(accuracy).Within(1e-12));

        (code, output, _) = Run(["predict", model, "--data", "strokes", "--seed", "3", "--index", "0..2,7", "--json"]);
        Assert.That(code, Is.Zero);
        JsonElement[] items = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.That(items.Select(i => i.GetProperty("predicted").GetString()),
            Is.EqualTo(new[] { 0, 1, 2, 7 }.Select(i => rows[i][2])));
        Assert.That(items[0].GetProperty("probabilities").EnumerateArray().Sum(p => p.GetDouble()),
            Is.EqualTo(1).Within(1e-5));
    }

    [Test]
    public void Layers_of_several_widths_in_both_directions_train_and_can_be_used()
    {
        string run = Folder["run"], model = Path.Combine(run, "model.safetensors");
        (int code, string output, string errors) =
            Run(["train", "--out", run, "--data", "strokes", "--limit", "600", "--batch", "20",
            "--epochs", "2", "--hidden", "12,7", "--bidirectional", "--dropout", "0.2", "--forget-bias", "1"]);
        Assert.That(code, Is.Zero, errors);
        double accuracy = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "result.json")))
            .RootElement.GetProperty("test_accuracy").GetDouble();
        Assert.That(accuracy, Is.GreaterThan(0.2));
        (code, output, errors) = Run(["evaluate", model, "--data", "strokes", "--json"]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("test_accuracy").GetDouble(),
            Is.EqualTo(accuracy), "nothing is dropped");
        (_, output, _) = Run(["summary", model]);
        Assert.That(output,
            Does.Contain("bidirectional, dropout 0.2").And.Contain("(B, 28, 24)").And.Contain("(B, 14)"));
        Assert.That(File.ReadAllText(Path.Combine(run, "plots", "network.svg")), Does.Contain("bidirectional"));
    }

    [Test]
    public void The_same_seed_gives_the_same_model_bytes_and_another_seed_another()
    {
        string[] Models() => [.. Directory.GetDirectories(Folder.Path).Order().Select(d =>
            Convert.ToHexString(File.ReadAllBytes(Path.Combine(d, "model.safetensors"))))];
        foreach ((string name, string seed) in new[] { ("a", "1"), ("b", "1"), ("c", "2") })
            Assert.That(Run(["train", "--out", Folder[name], "--seed", seed, .. _quick]).Code, Is.Zero);
        string[] models = Models();
        Assert.That(models[1], Is.EqualTo(models[0]));
        Assert.That(models[2], Is.Not.EqualTo(models[0]));
    }

    [Test]
    public void Json_mode_prints_only_JSON_on_standard_output()
    {
        (int code, string output, string errors) = Run(["train", "--out", Folder["run"], "--json", .. _quick]);
        Assert.That(code, Is.Zero);
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("test_samples").GetInt32(), Is.EqualTo(10_000));
        Assert.That(errors, Does.Contain("Test accuracy"));
    }

    [Test]
    public void A_run_folder_with_files_in_it_is_refused_unless_forced()
    {
        File.WriteAllText(Folder["mine.txt"], "keep");
        (int code, _, string errors) = Run(["train", "--out", Folder.Path, .. _quick]);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("--force").And.Contain(Folder.Path));
        Assert.That(Directory.GetFileSystemEntries(Folder.Path), Has.Length.EqualTo(1));
        Assert.That(Run(["train", "--out", Folder.Path, "--force", .. _quick]).Code, Is.Zero);
        Assert.That(Folder["mine.txt"], Does.Exist);
    }

    [TestCase("train --batch 0", "--batch")]
    [TestCase("train --hidden -1", "--hidden")]
    [TestCase("train --hidden 128,0", "--hidden")]
    [TestCase("train --hidden 128,", "--hidden")]
    [TestCase("train --hidden 128,64 --layers 3", "--layers")]
    [TestCase("train --dropout 1", "--dropout")]
    [TestCase("train --forget-bias NaN", "--forget-bias")]
    [TestCase("train --zoneout-h -0.1", "--zoneout-h")]
    [TestCase("train --zoneout-c 1", "--zoneout-c")]
    [TestCase("train --recurrent-dropout 2", "--recurrent-dropout")]
    [TestCase("train --projection -1", "--projection")]
    [TestCase("train --lr NaN", "--lr")]
    [TestCase("train --lr 0", "--lr")]
    [TestCase("train --epochs 0", "--epochs")]
    [TestCase("train --epochs -1", "--epochs")]
    [TestCase("train --batch 1.5", "1.5")]
    [TestCase("train --batch 99999999999", "99999999999")]
    [TestCase("train --layers 0", "--layers")]
    [TestCase("train --pre -1", "--pre")]
    [TestCase("train --lr Infinity", "--lr")]
    [TestCase("train --lr fast", "fast")]
    [TestCase("train --beta1 1", "--beta1")]
    [TestCase("train --beta2 -0.1", "--beta2")]
    [TestCase("train --weight-decay NaN", "--weight-decay")]
    [TestCase("train --clip -1", "--clip")]
    [TestCase("train --warmup -1", "--warmup")]
    [TestCase("train --label-smoothing 1", "--label-smoothing")]
    [TestCase("train --mean NaN", "--mean")]
    [TestCase("train --std 0", "--std")]
    [TestCase("train --log-every 0", "--log-every")]
    [TestCase("train --evaluate-every -1", "--evaluate-every")]
    [TestCase("train --evaluate-first -1", "--evaluate-first")]
    [TestCase("train --seed -1", "-1")]
    [TestCase("train --init xavier", "xavier")]
    [TestCase("train --hidden", "--hidden")]
    [TestCase("evaluate model.safetensors --limit 0", "--limit")]
    [TestCase("predict model.safetensors --data strokes --index", "--index")]
    [TestCase("bench --seconds 0", "--seconds")]
    [TestCase("bench --filter nosuch", "nosuch")]
    [TestCase("report", "RUN")]
    [TestCase("export model.safetensors", "--out")]
    [TestCase("train --limit 0", "limit")]
    [TestCase("train --threads -1", "--threads")]
    [TestCase("train --vector-bits 99", "128, 256 or 512")]
    [TestCase("train --recipe nosuch", "lstm128")]
    [TestCase("train --device nosuch", "cpu")]
    [TestCase("train --data nosuch", "strokes")]
    [TestCase("train --split 1:x", "8:2")]
    [TestCase("train --eps 0", "--eps")]
    [TestCase("train --checkpoint-every soon", "--checkpoint-every")]
    [TestCase("train --checkpoint-every -1", "--checkpoint-every")]
    [TestCase("train --keep 0", "--keep")]
    [TestCase("train --on-nan never", "never")]
    [TestCase("summary lstm128 --batch 0", "--batch")]
    [TestCase("train --augment mirror=1", "shift=PIXELS")]
    [TestCase("train --augment scale=1", "--augment scale")]
    [TestCase("train --nosuch", "--nosuch")]
    [TestCase("train --schedule sawtooth", "sawtooth")]
    [TestCase("predict", "MODEL")]
    [TestCase("nosuch", "nosuch")]
    public void A_wrong_command_line_ends_in_one_sentence_and_exit_code_2(string line, string named)
    {
        string[] words = line.Split(' ');
        (int code, string output, string errors) =
            Run(words[0] == "train" ? ["train", "--out", Folder["run"], .. words[1..]] : words);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2), errors);
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.StartWith("gpulstm: ").And.Contain(named).And.Not.Contain("   at "));
            Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(Directory.GetFileSystemEntries(Folder.Path), Is.Empty, "nothing may be left behind");
        });
    }

    [TestCase("evaluate nosuch.safetensors", "nosuch.safetensors")]
    [TestCase("summary nosuch.safetensors", "nosuch.safetensors")]
    [TestCase("train --data mnist:nosuch", "nosuch")]
    [TestCase("train --data folder:nosuch", "nosuch")]
    public void A_missing_file_ends_in_one_sentence_and_exit_code_1(string line, string named)
    {
        (int code, string output, string errors) = Run(line.Split(' '));
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1), errors);
            Assert.That(output, Is.Empty);
            Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(errors, Does.Contain(named));
        });
    }

    [TestCase("recipes")]
    [TestCase("devices")]
    [TestCase("summary lstm128x2")]
    public void Lists_are_JSON_when_asked(string line)
    {
        (int code, string output, _) = Run([.. line.Split(' '), "--json"]);
        Assert.That(code, Is.Zero);
        Assert.That(JsonDocument.Parse(output).RootElement.ValueKind,
            Is.AnyOf(JsonValueKind.Array, JsonValueKind.Object));
    }

    [Test]
    public void Summary_counts_what_PyTorch_counts()
    {
        // sum(p.numel()) of nn.LSTM(28, 128, 2) and nn.Linear(128, 10): 80896 + 132096 + 1290
        (_, string output, _) = Run(["summary", "lstm128x2", "--json"]);
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("total_parameters").GetInt64(),
            Is.EqualTo(214_282));
    }

    [TestCase("--help")]
    [TestCase("train --help")]
    [TestCase("evaluate --help")]
    [TestCase("predict --help")]
    [TestCase("export --help")]
    [TestCase("devices --help")]
    [TestCase("recipes --help")]
    [TestCase("summary --help")]
    [TestCase("report --help")]
    [TestCase("kernels --help")]
    [TestCase("compare --help")]
    public void Help_ends_with_examples(string line)
    {
        (int code, string output, _) = Run(line.Split(' '));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("Examples:").And.Contain("gpulstm "));
    }

    internal static (int Code, string Output, string Errors) Run(string[] args)
    {
        (TextWriter output, TextWriter errors) = (Console.Out, Console.Error);
        using StringWriter newOutput = new(), newErrors = new();
        Console.SetOut(newOutput);
        Console.SetError(newErrors);
        try
        {
            return (CommandLine.Invoke(args), newOutput.ToString(), newErrors.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
