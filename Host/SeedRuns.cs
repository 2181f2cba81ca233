using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Report;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Host;

/// <summary>Several runs that differ in their seed alone, each in a folder of its own, and their mean and standard
/// deviation: one run's figure is one draw.</summary>
public sealed class SeedRuns(TrainOptions options, ParseResult parsed, CancellationToken cancel)
{
    private const int Most = 1000;
    private const double Fine = 0.0001;
    private readonly Terminal _terminal = new(options.Json(parsed));

    /// <summary>The seeds that 1-5 or 1,2,7 mean.</summary>
    /// <exception cref="UsageException">The text is neither.</exception>
    public static IReadOnlyList<ulong> Parse(string text)
    {
        var seeds = new List<ulong>();
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split('-');
            CultureInfo invariant = CultureInfo.InvariantCulture;
            if (ends.Length > 2 || !ulong.TryParse(ends[0], NumberStyles.None, invariant, out ulong from)
                || !ulong.TryParse(ends[^1], NumberStyles.None, invariant, out ulong to) || from > to
                || to - from >= Most)
                throw new UsageException($"--seeds takes forms like 1-5 or 1,2,7; '{text}' is none.");
            for (ulong seed = from; seed <= to; seed++)
                seeds.Add(seed);
        }
        return seeds.Distinct().Count() is > 1 and <= Most && seeds.Distinct().Count() == seeds.Count
            ? seeds : throw new UsageException($"--seeds needs two to {Most} different seeds; it is '{text}'.");
    }

    /// <summary>Trains with each seed and returns the exit code.</summary>
    public int Execute(IReadOnlyList<ulong> seeds)
    {
        string root = options.Out(parsed) ?? RunFolder.NewPath("runs", "-seeds");
        RunFolder.Check(root, options.Force(parsed));
        var runs = new List<(ulong Seed, JsonObject Result, TrainingHistory History)>();
        foreach (ulong seed in seeds)
        {
            string folder = Path.Combine(root, $"seed-{seed}");
            _terminal.Line($"Seed {seed}:");
            int code = new TrainingRun(options, parsed, cancel) { Seed = seed, Folder = folder }.Execute();
            if (code != CommandLine.Done)
                return code;
            SavedRun run = SavedRun.Load(folder, best: false, _ => { });
            runs.Add((seed, run.Result, run.History()!));
        }
        JsonObject summary = Summary(runs);
        AtomicFile.WriteText(Path.Combine(root, RunFolder.ReportName), Page(runs, summary).Html());
        AtomicFile.WriteText(
            Path.Combine(root, RunFolder.ResultName), summary.ToJsonString(Terminal.IndentedJson) + "\n");
        Tell(root, summary);
        return CommandLine.Done;
    }

    private static JsonObject Summary(List<(ulong Seed, JsonObject Result, TrainingHistory History)> runs)
    {
        JsonObject first = runs[0].Result;
        var json = new JsonObject
        {
            ["recipe"] = first["recipe"]!.DeepClone(), ["data"] = first["data"]!.DeepClone(),
            ["seeds"] = new JsonArray([.. runs.Select(run => JsonValue.Create(run.Seed))]),
        };
        foreach (string name in new[]
        {
            "test_accuracy", "test_rmse", "test_loss", "best_test_accuracy", "best_test_rmse", "best_test_loss",
        })
        {
            if (first[name] is null)
                continue;
            double[] values = [.. runs.Select(run => RunResult.Field<double>(run.Result, name))];
            json[name] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
            (json[$"{name}_mean"], json[$"{name}_std"]) = (values.Average(), Statistics.Deviation(values));
        }
        return json;
    }

    private void Tell(string root, JsonObject summary)
    {
        int count = summary["seeds"]!.AsArray().Count;
        (string key, string name, Func<double, string> form) = Figure(summary);
        _terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"{name} over {count} seeds: {Plain(form(Mean(summary, key)))}, standard deviation "
            + $"{Plain(form(Deviation(summary, key)))}; loss {Mean(summary, "test_loss"):F4}, "
            + $"{Deviation(summary, "test_loss"):F4}"));
        _terminal.Line($"Runs, result and report: {root}");
        if (options.Json(parsed))
            Console.Out.WriteLine(summary.ToJsonString(Terminal.IndentedJson));
    }

    private static ReportPage Page(
        List<(ulong Seed, JsonObject Result, TrainingHistory History)> runs, JsonObject summary)
    {
        (string key, string name, Func<double, string> form) = Figure(summary);
        bool hasAccuracy = key == "test_accuracy";
        string mean = form(Mean(summary, key));
        NamedHistory[] histories = [.. runs.Select(run => new NamedHistory($"seed {run.Seed}", run.History))];
        IReadOnlyList<string>[] rows =
        [
            .. runs.Select(run => new[]
            {
                $"{run.Seed}", form(RunResult.Field<double>(run.Result, key)),
                RunResult.Field<double>(run.Result, "test_loss").ToString("0.0000", CultureInfo.InvariantCulture),
            }),
        ];
        return new ReportPage(
            $"{summary["recipe"]} on {summary["data"]}: "
                + (hasAccuracy ? $"{mean} of test samples right" : $"test RMSE {mean}") + $", mean of {runs.Count} "
                + $"seeds",
            "Runs that differ in their seed alone: in the initial weights, the order of the samples, splits and drawn "
                + "data.",
            [
                new($"Mean {name.ToLowerInvariant().Replace("rmse", "RMSE")}", mean),
                new("Standard deviation", form(Deviation(summary, key))),
                new("Mean test loss", Mean(summary, "test_loss").ToString("0.0000", CultureInfo.InvariantCulture)),
            ],
            [
                new("Training",
                [
                    new FigureBlock(new NamedPlot("seeds-loss", SeedsPlot.DrawLoss(histories))),
                    .. hasAccuracy ? [new FigureBlock(new NamedPlot("seeds-accuracy",
                        SeedsPlot.DrawAccuracy(histories)))]
                        : Array.Empty<ReportBlock>(),
                ]),
                new("Runs", [new TableBlock("Results by seed", ["seed", name.ToLowerInvariant().Replace("rmse", "RMSE"),
                    "test loss"], rows)]),
            ]);
    }

    /// <summary>The figure that stands for a run: its key, its name and how it is written.</summary>
    private static (string Key, string Name, Func<double, string> Form) Figure(JsonObject summary) =>
        summary["test_rmse_mean"] is null ? ("test_accuracy", "Test accuracy", share => Ticks.Percent(share, Fine))
            : ("test_rmse", "Test RMSE", ValueTables.Digits);

    /// <summary>For a terminal, with a blank that every font has.</summary>
    private static string Plain(string text) => text.Replace('\u2009', ' ');

    private static double Mean(JsonObject summary, string name) => (double)summary[$"{name}_mean"]!;

    private static double Deviation(JsonObject summary, string name) => (double)summary[$"{name}_std"]!;
}
