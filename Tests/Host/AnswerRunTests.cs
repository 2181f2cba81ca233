using System.Text;
using System.Text.Json;
using GpuLstm.Kernels;
using static GpuLstm.Tests.Host.Commands;

namespace GpuLstm.Tests.Host;

/// <summary>Whole runs that answer numbers, or a class at every step.</summary>
[TestFixture, NonParallelizable]
public class AnswerRunTests : TestsInFolder
{
    private string Train(string name, params string[] options)
    {
        string run = Folder[name];
        Done(["train", "--out", run, "--device", "cpu", "--hidden", "12", .. options]);
        return run;
    }

    private static JsonElement Result(string run) => Json(File.ReadAllText(Path.Combine(run, "result.json")));

    /// <summary>Sequences whose mean and last value are to be told.</summary>
    private string Numbers(string name, int count, bool isTold = true)
    {
        var random = new PhiloxRandom((ulong)count, 0, 0);
        var text = new StringBuilder(isTold ? "id,v,mean,last\n" : "id,v\n");
        for (int i = 0; i < count; i++)
        {
            double[] values = [.. Enumerable.Range(0, 3 + random.NextInt(5)).Select(_
                => random.NextInt(201) / 100.0 - 1)];
            foreach (double value in values)
                text.Append(FormattableString.Invariant($"s{i},{value}"))
                    .Append(isTold ? FormattableString.Invariant($",{100 * values.Average():0.###},{values[^1]}\n")
                        : "\n");
        }
        return Folder.Write(name, Encoding.UTF8.GetBytes(text.ToString()));
    }

    [TestCase("mse")]
    [TestCase("mae")]
    [TestCase("huber")]
    public void Numbers_of_sequences_go_their_whole_way(string loss)
    {
        string run = Train("run", "--data", Numbers("n.csv", 200), "--sequence", "id", "--target", "mean,last",
            "--loss", loss,
            "--lr", "0.01", "--epochs", "40", "--validation", "10%");
        JsonElement result = Result(run);
        Assert.Multiple(() =>
        {
            Assert.That(result.GetProperty("test_targets")[0].GetProperty("r2").GetDouble(), Is.GreaterThan(0.8));
            Assert.That(result.GetProperty("test_targets")[1].GetProperty("name").GetString(), Is.EqualTo("last"));
            Assert.That(result.TryGetProperty("test_accuracy", out _), Is.False);
            Assert.That(result.TryGetProperty("best_test_rmse", out _), Is.True);
            Assert.That(File.ReadAllText(Path.Combine(run, "metrics.jsonl")), Does.Not.Contain("accuracy"));
        });
        Assert.That(Done("evaluate", run), Does.Contain("R²"));
        JsonElement[] predicted = [.. Json(Done("predict", run, Numbers("u.csv", 5, isTold: false),
            "--json")).EnumerateArray()];
        Assert.That(predicted, Has.Length.EqualTo(5));
        Assert.That(predicted[0].GetProperty("values").GetProperty("last").GetDouble(), Is.InRange(-2, 2));
        Assert.That(predicted[0].TryGetProperty("truth", out _), Is.False);
        Assert.That(Done("predict", run, Numbers("t.csv", 4), "--plot", Folder["p.svg"]), Does.Contain("truly"));
        Assert.That(Failed(2, "predict", run, Folder["u.csv"], "--plot", Folder["q.svg"]), Does.Contain("have none"));
        Done("report", run, "--pdf");
        Done("export", run, "--out", Folder["w.npz"]);
        Assert.That(Done("evaluate", "--from", Folder["w.npz"], "--data", Folder["n.csv"], "--sequence", "id",
            "--target",
            "mean,last"), Does.Contain("RMSE"));
    }

    [Test]
    public void Targets_come_in_ts_files_and_archives_too()
    {
        var text = new StringBuilder("@problemName x\n@timeStamps false\n@targetLabel true\n@data\n");
        for (int i = 0; i < 40; i++)
            text.Append(FormattableString.Invariant($"{i % 5},{i % 3},{i % 7}:{i % 5 + i % 3}.5\n"));
        string run = Train("ts", "--data", Folder.Write("a.ts", Encoding.UTF8.GetBytes(text.ToString())), "--epochs",
            "2");
        Assert.That(Result(run).GetProperty("targets")[0].GetString(), Is.EqualTo("target"));
        string bad = Folder.Write("b.ts", "@targetLabel true\n@data\n1,2,3:x\n"u8.ToArray());
        Assert.That(Failed(1, "train", "--data", bad, "--out", Folder["x"]), Does.Contain("line 3: 'x' is no number"));
        string differs = Folder.Write("d.csv", "id,v,y\na,1,2\na,2,3\n"u8.ToArray());
        Assert.That(Failed(1, "train", "--data", differs, "--sequence", "id", "--target", "y", "--out", Folder["x"]),
            Does.Contain("line 3").And.Contain("has the target '3', and '2' in line 2"));
        string missing = Folder.Write("m.csv", "v,w,y\n1,2,3\n4,5,\n"u8.ToArray());
        Assert.That(Failed(1, "train", "--data", missing, "--target", "y", "--out", Folder["x"]),
            Does.Contain("line 3: the target is missing"));
        Assert.That(Failed(1, "train", "--data", missing, "--target", "z", "--out", Folder["x"]),
            Does.Contain("--target says 'z'"));
    }

    /// <summary>Whether a walk is above or below zero at each step; some steps are not labelled.</summary>
    private string Walks(string name, int count, bool isLabelled = true)
    {
        var random = new PhiloxRandom((ulong)count, 1, 0);
        var text = new StringBuilder(isLabelled ? "id,t,v,side\n" : "id,t,v\n");
        for (int i = 0; i < count; i++)
        {
            int sum = 0, length = 6 + random.NextInt(10);
            for (int t = 0; t < length; t++)
            {
                int step = random.NextInt(7) - 3;
                sum += step;
                text.Append(FormattableString.Invariant($"w{i},{t},{step}"))
                    .Append(!isLabelled ? "\n" : t == 2 ? ",\n" : sum > 0 ? ",above\n" : ",below\n");
            }
        }
        return Folder.Write(name, Encoding.UTF8.GetBytes(text.ToString()));
    }

    [TestCase("")]
    [TestCase("--bptt 5 --bidirectional false")]
    public void A_class_at_every_step_goes_its_whole_way(string pieces)
    {
        string[] table = ["--sequence", "id", "--time", "t", "--label", "side", "--per-step"];
        string run = Train("run", ["--data", Walks("w.csv", 150), .. table, "--lr", "0.01", "--epochs", "30",
            .. pieces.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        JsonElement result = Result(run);
        Assert.That(result.GetProperty("test_accuracy").GetDouble(), Is.GreaterThan(0.9));
        string report = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.That(report, Does.Contain("Classes step by step").And.Contain("labelled test steps right"));
        Assert.That(report, Does.Not.Contain("Most confident mistakes"));
        Assert.That(Done("evaluate", run, "--top-k", "1"), Does.Contain("above").And.Contain("Top-1"));
        JsonElement[] predicted = [.. Json(Done("predict", run, Walks("u.csv", 3, isLabelled: false),
            "--json")).EnumerateArray()];
        Assert.That(predicted[0].GetProperty("predicted").GetArrayLength(),
            Is.EqualTo(predicted[0].GetProperty("probabilities").GetArrayLength()).And.AtLeast(6));
        Assert.That(Done("predict", run, "--index", "0..1", "--out", Folder["p.csv"], "--plot", Folder["p.svg"]),
            Does.Contain("labelled steps right"));
        Assert.That(File.ReadAllLines(Folder["p.csv"])[3], Does.Contain(",3,,"), "a step without a label");
        Done("report", run);
        string table2 = Done("export", run, "--out", Folder["w.onnx"], "--softmax");
        Assert.That(table2, Does.Contain("parameters"));
        if (pieces.Length > 0)
            return;
        Assert.That(Failed(1, "train", "--data", Folder["w.csv"], "--sequence", "id", "--label", "side", "--out",
            Folder["x"]),
            Does.Contain("--per-step takes a label for each step"));
        Assert.That(Failed(2, ["train", "--data", Folder["w.csv"], .. table, "--bptt", "4", "--out", Folder["x"]]),
            Does.Contain("--bidirectional"));
    }
}
