using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Plots;

namespace GpuLstm.Tests.Host;

/// <summary>What a run leaves to look at, and the commands that make pictures of it.</summary>
[TestFixture, NonParallelizable]
public class ReportCommandTests
{
    private static readonly string[] _names =
    [
        "accuracy", "calibration", "confusion", "gates", "gradient", "loss", "mistakes", "network", "pr", "predictions",
        "rate", "roc",
    ];

    private TemporaryFolder _folder = null!;
    private string _run = "", _output = "";

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TemporaryFolder();
        _run = Path.Combine(_folder.Path, "first");
        (int code, _output, string errors) =
            CommandLineTests.Run(TrainInto(_run, "--evaluate-every", "4", "--evaluate-first", "100"));
        Assert.That(code, Is.Zero, errors);
    }

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void A_run_folder_holds_every_plot_and_a_report_with_them()
    {
        Assert.That(Directory.GetFiles(Path.Combine(_run, "plots")).Select(Path.GetFileName).Order(),
            Is.EqualTo(_names.Select(n => $"{n}.svg")));
        string report = File.ReadAllText(Path.Combine(_run, "report.html"));
        Assert.Multiple(() =>
        {
            foreach (string name in _names)
                Assert.That(report, Does.Contain($"<figure id=\"{name}\">"));
            Assert.That(report, Does.Match("<h1>lstm\\S+ on drawn digits \\(strokes\\): [0-9.]+\u2009% of ")
                .And.Contain("<dt>Seed</dt><dd>1</dd>")
                .And.Contain("<dt>Batch</dt><dd>50</dd>"));
        });
    }

    [Test]
    public void Evaluations_on_the_first_samples_are_a_line_of_their_own()
    {
        var svg = new Svg(File.ReadAllText(Path.Combine(_run, "plots", "loss.svg")));
        Assert.That(svg.Texts, Does.Contain("test").And.Contain("first 100 of test"));
        Assert.That(svg.Parts("series").Count(), Is.EqualTo(4), "single steps, their mean, first 100, test");
    }

    [Test]
    public void Report_makes_the_same_plots_and_the_same_page_again()
    {
        string copy = Copy("first");
        Dictionary<string, string> before = Pictures(copy);
        Directory.Delete(Path.Combine(copy, "plots"), recursive: true);
        File.Delete(Path.Combine(copy, "report.html"));
        (int code, string output, string errors) = CommandLineTests.Run(["report", copy]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain(Path.Combine(copy, "report.html")));
        Assert.That(Pictures(copy), Is.EqualTo(before));
    }

    [Test]
    public void Without_its_log_a_run_is_reported_without_curves()
    {
        string copy = Copy("quiet");
        foreach (string name in new[] { "metrics.jsonl", "steps.npy", "plots/loss.svg", "plots/accuracy.svg" })
            File.Delete(Path.Combine(copy, name));
        string page = Path.Combine(_folder.Path, "quiet.html");
        Assert.That(CommandLineTests.Run(["report", copy, "--out", page]).Code, Is.Zero);
        Assert.That(File.ReadAllText(page), Does.Contain("id=\"confusion\"").And.Not.Contain("id=\"loss\""));
        Assert.That(Path.Combine(copy, "plots", "loss.svg"), Does.Not.Exist);
    }

    [Test]
    public void Two_runs_are_compared_on_one_page()
    {
        string second = Path.Combine(_folder.Path, "second"), page = Path.Combine(_folder.Path, "comparison.html");
        Assert.That(CommandLineTests.Run(TrainInto(second, "--lr", "0.003")).Code, Is.Zero);
        (int code, string output, string errors) = CommandLineTests.Run(["report", _run, second, "--out", page]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain(page));
        string html = File.ReadAllText(page);
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Contain("<th scope=\"row\">Learning rate</th><td>0.01</td><td>0.003</td>"));
            Assert.That(html, Does.Contain("id=\"test-loss\"").And.Contain("id=\"confusion-first\"")
                .And.Contain("id=\"confusion-second\""));
            Assert.That(html.IndexOf("Learning rate", StringComparison.Ordinal),
                Is.LessThan(html.IndexOf("What is the same", StringComparison.Ordinal)));
        });
    }

    [Test]
    public void What_is_no_finished_run_is_refused_and_left_as_it_is()
    {
        string empty = Path.Combine(_folder.Path, "empty"), damaged = Copy("damaged"), other = Copy("other");
        Directory.CreateDirectory(empty);
        File.WriteAllText(Path.Combine(damaged, "result.json"), "{ \"recipe\": ");
        JsonNode result = JsonNode.Parse(File.ReadAllText(Path.Combine(other, "result.json")))!;
        result["seed"] = 2;
        File.WriteAllText(Path.Combine(other, "result.json"), result.ToJsonString());
        foreach ((string path, string named) in new[]
        {
            (Path.Combine(_folder.Path, "nosuch"), "nosuch"), (empty, "model.safetensors"), (damaged, "result.json"),
            (other, "not those"),
        })
        {
            (int code, string output, string errors) = CommandLineTests.Run(["report", path]);
            Assert.That(code, Is.EqualTo(1), errors);
            Assert.That(output, Is.Empty);
            Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(errors, Does.Contain(named));
        }
        Assert.That(Directory.GetFileSystemEntries(empty), Is.Empty);
    }

    [Test]
    public void A_damaged_log_names_its_line()
    {
        string copy = Copy("scribbled");
        File.AppendAllText(Path.Combine(copy, "metrics.jsonl"), "{\"kind\":\"epoch\"");
        int lines = File.ReadAllLines(Path.Combine(copy, "metrics.jsonl")).Length;
        (int code, _, string errors) = CommandLineTests.Run(["report", copy]);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("metrics.jsonl").And.Contain($"line {lines}"));
    }

    [TestCase("report", "RUN")]
    [TestCase("predict model.safetensors digit.png --png", "--plot")]
    public void A_wrong_command_line_ends_in_one_sentence_and_exit_code_2(string line, string named)
    {
        (int code, _, string errors) = CommandLineTests.Run(line.Split(' '));
        Assert.That(code, Is.EqualTo(2), errors);
        Assert.That(errors, Does.Contain(named));
    }

    [Test]
    public void A_run_is_not_compared_with_itself()
    {
        (int code, _, string errors) = CommandLineTests.Run(["report", _run, _run + Path.DirectorySeparatorChar]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("twice"));
    }

    [TestCase("--png", ".png", "\u0089PNG")]
    [TestCase("--pdf", ".pdf", "%PDF")]
    public void Other_formats_lie_beside_the_plots(string option, string extension, string start)
    {
        string copy = Copy(extension[1..]);
        (int code, _, string errors) = CommandLineTests.Run(["report", copy, option]);
        Assert.That(code, Is.Zero, errors);
        foreach (string name in _names)
        {
            byte[] file = File.ReadAllBytes(Path.Combine(copy, "plots", name + extension));
            Assert.That(Encoding.Latin1.GetString(file[..4]), Is.EqualTo(start), name);
        }
    }

    [Test]
    public void Predict_draws_the_samples_with_their_predictions_as_titles()
    {
        string file = Path.Combine(_folder.Path, "ten.svg");
        (int code, string output, string errors) = CommandLineTests.Run(
            ["predict", Path.Combine(_run, "model.safetensors"), "--data", "strokes", "--index", "0..9", "--plot",
                file, "--json"]);
        Assert.That(code, Is.Zero, errors);
        var svg = new Svg(File.ReadAllText(file));
        string[] titles = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()
            .Select(item => (item.GetProperty("predicted").GetString()!, item.GetProperty("truth").GetString()!))
            .Select(item => item.Item1 == item.Item2 ? item.Item1 : $"{item.Item1}, not {item.Item2}")];
        Assert.That(svg.Parts("image").Select(tile => tile.Elements(Svg.Namespace + "text").First().Value),
            Is.EqualTo(titles));
        Assert.That(svg.Elements("image").Count(), Is.EqualTo(10));
    }

    [Test]
    public void Predict_shows_the_digit_in_half_blocks_beside_the_probabilities()
    {
        (int code, string output, _) = CommandLineTests.Run(
            ["predict", Path.Combine(_run, "model.safetensors"), "--data", "strokes", "--index", "3"]);
        Assert.That(code, Is.Zero);
        string[] lines = output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.That(lines[1..11].Select(line => line[28..].TrimStart()[..1]),
            Is.EqualTo(Enumerable.Range(0, 10).Select(digit => $"{digit}")));
        Assert.That(lines[1..].Count(line => line.Take(28).Any(c => "█▀▄".Contains(c))), Is.InRange(7, 14),
            "rows with ink");
        Assert.That(output, Does.Not.Contain("\u001b"), "no colours in a file");
    }

    [Test]
    public void Training_ends_with_a_plain_table_of_all_test_samples()
    {
        string[] lines = _output.ReplaceLineEndings("\n").Split('\n');
        int head = Array.FindIndex(lines, line => line.StartsWith("true ", StringComparison.Ordinal));
        Assert.That(head, Is.GreaterThan(0), _output);
        long total = lines[(head + 1)..(head + 11)]
            .SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..11])
            .Sum(count => count == "·" ? 0 : long.Parse(count));
        Assert.That(total, Is.EqualTo(10_000));
        Assert.That(_output, Does.Not.Contain("\u001b"));
        Assert.That(lines.Skip(head).Take(11).Select(line => line.Length), Has.All.AtMost(80));
    }

    private string Copy(string name)
    {
        string copy = Path.Combine(_folder.Path, "copies", name, "first");
        foreach (string file in Directory.GetFiles(_run, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(_run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }

    private static Dictionary<string, string> Pictures(string run) =>
        Directory.GetFiles(Path.Combine(run, "plots")).Append(Path.Combine(run, "report.html"))
            .ToDictionary(f => Path.GetFileName(f), File.ReadAllText);

    private static string[] TrainInto(string run, params string[] options) =>
        ["train", "--out", run, "--data", "strokes", "--limit", "600", "--hidden", "16", "--batch", "50", "--epochs",
            "2", .. options];
}
