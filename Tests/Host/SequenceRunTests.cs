using System.Text;
using System.Text.Json;
using GpuLstm.Kernels;
using GpuLstm.Tests.Data;
using static GpuLstm.Tests.Host.Commands;

namespace GpuLstm.Tests.Host;

/// <summary>Whole runs on sequences: trained, judged, predicted, resumed, exported, as with images.</summary>
[TestFixture, NonParallelizable]
public class SequenceRunTests : TestsInFolder
{
    /// <summary>Rising and falling sequences of two features and of 3 to 9 steps, as a long table.</summary>
    private string Slopes(string name, int count, ulong seed, bool isLabelled = true)
    {
        var random = new PhiloxRandom(seed, 0, 0);
        var text = new StringBuilder(isLabelled ? "id,t,speed,noise,kind\n" : "id,t,speed,noise\n");
        for (int i = 0; i < count; i++)
        {
            bool rises = i % 2 == 0;
            for (int t = 0; t < 3 + random.NextInt(7); t++)
                text.Append(FormattableString.Invariant(
                    $"s{i},{t},{100 + (rises ? t : -t) * 5 + random.NextInt(3)},{random.NextInt(10)}"))
                    .Append(isLabelled ? rises ? ",up\n" : ",down\n" : "\n");
        }
        return Folder.Write(name, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private string Train(string name, params string[] options)
    {
        string run = Folder[name];
        Done(["train", "--out", run, "--device", "cpu", "--hidden", "8", .. options]);
        return run;
    }

    private string[] Table =>
        ["--data", Slopes("slopes.csv", 80, 1), "--label", "kind", "--sequence", "id", "--time", "t"];

    [Test]
    public void A_run_goes_its_whole_way()
    {
        string run = Train("run", [.. Table, "--lr", "0.02", "--epochs", "20", "--validation", "20%"]);
        JsonElement result = Json(File.ReadAllText(Path.Combine(run, "result.json")));
        Assert.Multiple(() =>
        {
            Assert.That(result.GetProperty("recipe").GetString(), Is.EqualTo("sequence"));
            Assert.That(result.GetProperty("test_accuracy").GetDouble(), Is.GreaterThan(0.9));
            Assert.That(result.GetProperty("features")[0].GetString(), Is.EqualTo("speed"));
        });
        string report = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.That(report, Does.Contain("step by step").And.Contain("normalised by the training samples"));
        Assert.That(Done("evaluate", run), Does.Contain("on slopes (16 sequences)"));
        Assert.That(Done("evaluate", run, "--best"), Does.Contain("16 sequences"));
        string others = Slopes("others.csv", 10, 2, isLabelled: false);
        JsonElement predicted = Json(Done("predict", run, others, "--json"));
        Assert.That(predicted.EnumerateArray().Select(p => p.GetProperty("predicted").GetString()),
            Is.EqualTo(Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? "up" : "down")));
        Assert.That(Done("predict", run, "--index", "0..2", "--plot", Folder["p.svg"]), Does.Contain("truly"));
        Done("report", run);
        Done("train", "--resume", run, "--epochs", "22", "--schedule", "constant", "--lr", "0.001");
        Assert.That(Done("train", "--resume", run), Does.Contain("finished"));
        Done("compare", "--data", Folder["slopes.csv"], "--label", "kind", "--sequence", "id", "--devices", "cpu",
            "--steps", "10", "--recipe", "sequence");
    }

    [Test]
    public void Normalisation_goes_with_the_weights()
    {
        string run = Train("run", [.. Table, "--lr", "0.02", "--epochs", "3"]);
        Done("export", run, "--format", "torch", "--out", Folder["w.safetensors"]);
        string accuracy = Last(Done("evaluate", run));
        string imported = Last(Done(["evaluate", "--from", Folder["w.safetensors"], .. Table]));
        Assert.That(imported, Does.Not.Contain("cannot"));
        string further = Train("further", ["--from", run, .. Table, "--lr", "1e-12", "--epochs", "1"]);
        Assert.That(Last(Done("evaluate", further)), Is.EqualTo(accuracy));
    }

    [Test]
    public void Sequences_and_images_are_not_taken_for_each_other()
    {
        string sequences = Train("run", [.. Table, "--epochs", "1"]);
        string images = Train("images", "--data", "strokes", "--limit", "50", "--epochs", "1");
        Assert.Multiple(() =>
        {
            Assert.That(Failed(1, "evaluate", sequences, "--data", "strokes"), Does.Contain("reads sequences"));
            Assert.That(Failed(1, ["evaluate", images, .. Table]), Does.Contain("reads images"));
            Assert.That(Failed(2, [.. new[] { "train", "--out", Folder["x"], "--augment", "shift=1" }, .. Table]),
                Does.Contain("--augment goes with images"));
            Assert.That(Failed(2, "predict", sequences, "x.csv", "--invert"), Does.Contain("go with images"));
            string wide = Folder.Write("wide.csv", "label,a,b\nup,1,2\n"u8.ToArray());
            Assert.That(Failed(1, "predict", sequences, wide), Does.Contain("--sequence says 'id'"));
            string narrow = Folder.Write("narrow.csv", "id,t,speed\na,1,2\n"u8.ToArray());
            Assert.That(Failed(1, "predict", sequences, narrow), Does.Contain("reads sequences of 2 features"));
        });
    }

    [Test]
    public void Kaggles_test_file_becomes_a_submission()
    {
        var train = new StringBuilder("label,pixel0,pixel1,pixel2,pixel3\n");
        for (int i = 0; i < 60; i++)
            train.Append(FormattableString.Invariant($"{i % 3},{i % 3 * 100},{i % 3 * 50},0,{i}\n"));
        Folder.Write("train.csv", Encoding.UTF8.GetBytes(train.ToString()));
        string test = Folder.Write("test.csv", "pixel0,pixel1,pixel2,pixel3\n200,100,0,9\n0,0,0,7\n"u8.ToArray());
        string run = Train("run", "--data", Folder["train.csv"], "--lr", "0.05", "--epochs", "60");
        string file = Folder["submission.csv"];
        Done("predict", run, test, "--submission", file);
        Assert.That(File.ReadAllText(file), Is.EqualTo("ImageId,Label\n1,2\n2,0\n"));
    }

    /// <summary>The line that tells the accuracy, without the speed.</summary>
    private static string Last(string output) => output.Split('\n').Last(line => line.StartsWith("Test accuracy",
        StringComparison.Ordinal)).Split(';')[0];
}
