using System.Text.Json;
using GpuLstm.Tests.Host;
using static GpuLstm.Tests.Host.Commands;

namespace GpuLstm.Tests.Survival;

/// <summary>Runs that an earlier version left (commit a66951b): a finished one, and one that was stopped.</summary>
[TestFixture, NonParallelizable]
public class OldFilesTests : TestsInFolder
{
    [Test]
    public void A_finished_run_is_tested_on_its_own_data_predicts_the_same_and_has_its_report()
    {
        string run = Copy("finished"), table = Folder["now.csv"];
        JsonElement result = Json(File.ReadAllText(Path.Combine(run, "result.json")));
        JsonElement figures = Json(Done("evaluate", run, "--json"));
        Assert.That(figures.GetProperty("test_accuracy").GetDouble(),
            Is.EqualTo(result.GetProperty("test_accuracy").GetDouble()).Within(0.0005));
        Done("evaluate", run, "--limit", "100", "--out", table);
        string[][] then = Rows(Path.Combine(run, "predictions.csv")), now = Rows(table);
        Assert.That(now.Select(row => row[..3]), Is.EqualTo(then.Select(row => row[..3])));
        foreach ((string[] before, string[] after) in then.Zip(now))
            Assert.That(after[3..].Select(Number), Is.EqualTo(before[3..].Select(Number)).Within(1e-5));
        Done("report", run);
        Assert.That(File.ReadAllText(Path.Combine(run, "report.html")), Does.Contain("id=\"confusion\""));
        Done("train", "--resume", run, "--epochs", "13");
    }

    [Test]
    public void A_model_of_its_own_says_that_its_data_are_not_known()
    {
        string model = Folder["lone.safetensors"];
        File.Copy(Path.Combine(Copy("finished"), "model.safetensors"), model);
        Assert.That(Done("evaluate", model, "--data", "strokes", "--seed", "5"),
            Does.Contain("does not say what it was trained on"));
    }

    [Test]
    public void A_stopped_run_goes_on() =>
        Assert.That(Done("train", "--resume", Copy("stopped"), "--epochs", "27"),
            Does.Contain("Going on after step 1560"));

    [Test]
    public void A_stopped_runs_checkpoint_is_a_model()
    {
        string run = Copy("stopped");
        Assert.That(Done("predict", run, "--data", "strokes", "--seed", "5", "--index", "0..3"),
            Does.Contain("its checkpoint step-0000001560.safetensors is taken"));
    }

    private string Copy(string name)
    {
        string from = Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData", "a66951b", name);
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            Folder.Write(Path.Combine(name, Path.GetRelativePath(from, file)), File.ReadAllBytes(file));
        return Folder[name];
    }

    private static string[][] Rows(string path) => [.. File.ReadAllLines(path).Select(line => line.Split(',')).Skip(1)];

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
