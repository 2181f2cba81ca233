using System.Text;
using System.Text.Json;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Survival;
using static GpuLstm.Tests.Host.Commands;

namespace GpuLstm.Tests.Host;

/// <summary>Whole runs that forecast: trained, judged beside naive forecasts, forecast from, resumed,
/// exported.</summary>
[TestFixture, NonParallelizable]
public class ForecastRunTests : TestsInFolder
{
    /// <summary>Two years of months and more, which grow and repeat.</summary>
    private string Monthly(string name = "monthly.csv", int rows = 90)
    {
        var text = new StringBuilder("month,orders\n");
        for (int i = 0; i < rows; i++)
            text.Append(FormattableString.Invariant(
                $"{2010 + i / 12}-{1 + i % 12:00},{(100 + 2 * i) * (1 + 0.3 * Math.Sin(2 * Math.PI * i / 12)):0.0}\n"));
        return Folder.Write(name, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private string Train(string name, params string[] options)
    {
        string run = Folder[name];
        Done(["train", "--out", run, "--device", "cpu", "--hidden", "12", "--log-every", "20", .. options]);
        return run;
    }

    private static JsonElement Result(string run) => Json(File.ReadAllText(Path.Combine(run, "result.json")));

    [Test]
    public void A_run_goes_its_whole_way()
    {
        string data = Monthly(), run = Train("run", "--data", data, "--series", "orders", "--horizon", "6", "--window",
            "12",
            "--epochs", "60");
        JsonElement result = Result(run), forecast = result.GetProperty("test_forecasts")[0];
        string report = File.ReadAllText(Path.Combine(run, "report.html"));
        string[] plots = [.. Directory.GetFiles(Path.Combine(run, "plots")).Select(f
            => Path.GetFileNameWithoutExtension(f))];
        Assert.Multiple(() =>
        {
            Assert.That(result.GetProperty("recipe").GetString(), Is.EqualTo("forecast"));
            Assert.That(result.GetProperty("split").GetString(), Is.EqualTo("2:1"));
            Assert.That(result.GetProperty("trials").GetArrayLength(), Is.EqualTo(10));
            Assert.That(result.GetProperty("transform").GetString(),
                Is.EqualTo(result.GetProperty("trials")[0].GetProperty("transform").GetString()));
            Assert.That(forecast.GetProperty("network").GetProperty("rmse").GetDouble(),
                Is.LessThan(forecast.GetProperty("naive")[1].GetProperty("rmse").GetDouble()),
                    "than the season before");
            Assert.That(forecast.GetProperty("network").GetProperty("steps").GetArrayLength(), Is.EqualTo(6));
            Assert.That(result.GetProperty("test_interval").GetProperty("stated").GetDouble(), Is.EqualTo(0.9));
            Assert.That(report, Does.Contain("the network is better than last value, seasonal value, drift")
                .And.Contain("MASE by step, orders").And.Contain("answers, normalised, after each step"));
            Assert.That(plots, Is.SupersetOf(new[] { "forecast", "horizon", "residuals", "loss", "gates", "network" }));
            Assert.That(plots, Has.None.EqualTo("accuracy").And.None.EqualTo("confusion"));
        });
        Assert.That(Done("evaluate", run), Does.Contain("seasonal value").And.Contain("Test RMSE"));
        Assert.That(Done("predict", run, "--index", "0..1"), Does.Contain("+6").And.Contain("truly"));
        Assert.That(Done("summary", run), Does.Contain("(B, 6)"));
        string table = Folder["f.csv"];
        JsonElement told = Json(Done("forecast", run, "--steps", "18", "--out", table, "--plot", Folder["f.svg"],
            "--json"));
        JsonElement[] rows = [.. told.GetProperty("forecasts")[0].GetProperty("rows").EnumerateArray()];
        Assert.That(rows.Select(row => row.GetProperty("time").GetString()).First(), Is.EqualTo("2017-07"));
        Assert.That(rows, Has.Length.EqualTo(18));
        JsonElement first = rows[0].GetProperty("series")[0];
        double[] values = [first.GetProperty("low").GetDouble(), first.GetProperty("value").GetDouble(),
            first.GetProperty("high").GetDouble()];
        Assert.That(values, Is.Ordered);
        Assert.That(File.ReadAllLines(table)[0], Is.EqualTo("time,orders,orders low,orders high"));
        Assert.That(Done("forecast", run, "--data", Monthly("newer.csv", 100)), Does.StartWith("2018-05"));
        Done("report", run, "--png");
        Assert.That(Done("train", "--resume", run, "--epochs", "62", "--schedule", "constant", "--lr", "0.001"),
            Does.Contain("RMSE").And.Not.Contain("Chosen"));
    }

    /// <summary>Weights in files of other programs keep what a forecast needs.</summary>
    [Test]
    public void Exported_weights_forecast_as_the_run_does()
    {
        string data = Monthly(), run = Train("run", "--data", data, "--series", "orders", "--horizon", "3", "--epochs",
            "5", "--difference", "season", "--log");
        string forecast = Done("forecast", run);
        foreach (string name in new[] { "w.safetensors", "w.npz", "w.pt", "w.onnx", "w.keras", "w.h5" })
        {
            Done("export", run, "--out", Folder[name]);
            Assert.That(Done("forecast", "--from", Folder[name], "--data", data), Is.EqualTo(forecast));
        }
        Assert.That(Failed(2, "export", run, "--out", Folder["s.onnx"], "--softmax"), Does.Contain("answers numbers"));
        Assert.That(Failed(1, "export", run, "--out", Folder["w.onnx"]), Does.Contain("exists"));
        Assert.That(Result(run).GetProperty("transform").GetString(), Is.EqualTo("logarithm, differences over 12"));
    }

    [Test]
    public void A_network_that_a_naive_forecast_beats_is_called_so()
    {
        string run = Folder["run"];
        string output = Done("train", "--data", Monthly(), "--series", "orders", "--transform", "none", "--epochs", "1",
            "--horizon", "2", "--out", run, "--device", "cpu");
        Assert.That(output, Does.Contain("the network LOSES to the seasonal value").And.Contain("do not use its "
            + "forecasts"));
        Assert.That(Result(run).GetProperty("test_forecasts")[0].GetProperty("loses_to").GetArrayLength(), Is.Positive);
        Assert.That(File.ReadAllText(Path.Combine(run, "report.html")), Does.Contain("LOSES to the seasonal value"));
    }

    [Test]
    public void Several_series_with_what_is_known_ahead_and_what_is_not()
    {
        var text = new StringBuilder("day,shop,sales,offer,heat\n");
        foreach (string shop in new[] { "a", "b" })
            for (int i = 0; i < 90; i++)
            {
                int offer = (i * 7 + shop[0]) % 5 == 0 ? 1 : 0;
                string sales = i < 85 ? FormattableString.Invariant($"{20 + i % 7 + 30 * offer}") : "";
                text.Append(FormattableString.Invariant($"{new DateTime(2024, 1, 1).AddDays(i):yyyy-MM-dd},{shop},{sales},{offer},"))
                    .Append(i < 85 ? $"{i % 11}\n" : "\n");
            }
        string data = Folder.Write("shops.csv", Encoding.UTF8.GetBytes(text.ToString()));
        string run = Train("run", "--data", data, "--series", "sales", "--group", "shop", "--observed", "heat",
            "--horizon", "3",
            "--window", "14", "--transform", "none", "--epochs", "60", "--lr", "0.02");
        JsonElement network = Result(run).GetProperty("test_forecasts")[0].GetProperty("network");
        Assert.That(network.GetProperty("rmse").GetDouble(), Is.LessThan(6), "an offer to come is seen");
        string[] lines = Done("forecast", run).Split('\n');
        Assert.That(lines[0], Is.EqualTo("a:"));
        Assert.That(lines[1], Does.StartWith("2024-03-26"));
        Assert.That(Failed(1, "forecast", run, "--steps", "4"), Does.Contain("beyond the model's horizon of 3"));
        Assert.That(Done("evaluate", run, "--json"), Does.Contain("\"test_rmse\""));
    }

    [TestCase("--horizon", "5", "--horizon goes with --series")]
    [TestCase("--series orders --difference", "0", "--difference must be a number of rows or 'season'")]
    [TestCase("--series orders --relative last --difference", "1", "do not go together")]
    [TestCase("--series orders --transform none", "--log", "does not go with --difference, --relative or --log")]
    [TestCase("--series orders --label-smoothing", "0.1", "what is answered is a number or several")]
    [TestCase("--series orders --bptt", "5", "--bptt goes with a label at every step")]
    [TestCase("--series orders --augment", "shift=1", "--augment goes with images")]
    [TestCase("--series orders,orders --epochs", "1", "--series takes different columns")]
    [TestCase("--series orders --gaps", "fill", "no way to treat gaps")]
    public void Options_that_do_not_go_together_are_refused(string options, string last, string expected)
        => Assert.That(
        Failed(2, ["train", "--data", Monthly(), "--out", Folder["x"], .. options.Split(' '), last]),
        Does.Contain(expected));

    [Test]
    public void Forecasts_are_not_asked_of_other_models_nor_others_of_forecasts()
    {
        string data = Monthly(), run = Train("run", "--data", data, "--series", "orders", "--transform", "none",
            "--epochs", "1");
        string digits = Train("digits", "--data", "strokes", "--limit", "50", "--epochs", "1");
        Assert.Multiple(() =>
        {
            Assert.That(Failed(1, "forecast", digits), Does.Contain("forecasts no series"));
            Assert.That(Failed(2, "predict", run, data), Does.Contain("forecast"));
            Assert.That(Failed(2, "evaluate", run, "--top-k", "2"), Does.Contain("answers numbers"));
            Assert.That(Failed(2, "predict", run, "--index", "0", "--submission"), Does.Contain("--submission"));
            Assert.That(Failed(2, "evaluate", run, "--data", "strokes"), Does.Contain("--series reads a table"));
        });
    }

    [Test]
    public void The_airline_passengers_are_forecast_better_than_by_any_naive_forecast([Values(1, 12)] int horizon)
    {
        string data = Path.Combine(TestData.Folder("series"), "airline.csv"), run = Folder["run"];
        Done("train", "--data", data, "--series", "Passengers", "--horizon", $"{horizon}", "--seeds", "1,2", "--out",
            run,
            "--device", "cpu");
        double rmse = Result(run).GetProperty("test_rmse_mean").GetDouble();
        Assert.That(rmse, Is.LessThan(horizon == 1 ? 25 : 36)); // naive forecasts: 42 and 41
    }
}
