using System.CommandLine;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Report;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm report</c>: the plots and the page of a run made again, or several runs on one page.</summary>
public static class ReportCommand
{
    private const string ComparisonName = "comparison.html";

    public static Command Create()
    {
        var command = new Command("report",
            "Makes a run's plots and report again, or compares several runs on one page.");
        var runs = new Argument<string[]>("RUN")
        {
            Description = "A run folder, or a model or checkpoint in one; two or more are compared.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = $"The page's file; RUN/report.html, or {ComparisonName}, when left out.",
            HelpName = "FILE.html",
        };
        var pictures = new PictureOptions();
        Option<bool> best = ModelOptions.BestOption();
        var common = new CommonOptions();
        var data = new Option<string?>("--data")
        {
            Description = "Where the run's data lie now, when they have moved.", HelpName = "DATA",
        };
        command.Arguments.Add(runs);
        foreach (Option option in new Option[] { output, data, best })
            command.Options.Add(option);
        pictures.AddTo(command);
        common.AddDeviceTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var terminal = new Terminal(json: false);
            string[] paths = parsed.GetValue(runs)!;
            string? file = parsed.GetValue(output);
            if (paths.Length > 1)
            {
                if (pictures.Get(parsed).Count > 0)
                    throw new UsageException("--png and --pdf go with a single run: a comparison is one page.");
                Compare(terminal, paths, file ?? ComparisonName);
                return Task.FromResult(CommandLine.Done);
            }
            SavedRun run = SavedRun.Load(
                paths[0], parsed.GetValue(best), terminal.Notice);
            using Engine device = common.OpenDevice(parsed);
            Dataset set = run.LoadData(parsed.GetValue(data), terminal, cancel);
            Remake(terminal, run, set.Test, device, file ?? Path.Combine(run.Root, RunFolder.ReportName),
                pictures.Get(parsed));
            return Task.FromResult(CommandLine.Done);
        });
        return HelpWithExamples.WithExamples(command, """
            gpulstm report runs/RUN --png
            gpulstm report runs/RUN1 runs/RUN2 --out comparison.html
            """);
    }

    private static void Remake(Terminal terminal, SavedRun run, Samples test, Engine device, string file,
        IReadOnlyList<string> formats)
    {
        using var loaded = new LoadedModel(new(run.Root, run.Model, run.Root), device);
        Evaluation final = loaded.Evaluate(test);
        if (!final.IsFinite)
            throw new GpuLstmException($"The model of '{run.Root}' has diverged: its probabilities are not finite "
                + "numbers, and there is nothing to report.");
        new RunPages(run.Name, run.Model, run.Result, run.History(), test, final)
            .Write(run.Root, file, device, formats);
        terminal.Line($"Report: {file}");
        terminal.Line($"Plots: {Path.Combine(run.Root, "plots")}");
    }

    private static void Compare(Terminal terminal, string[] paths, string file)
    {
        SavedRun[] runs =
            [.. paths.Select(path => SavedRun.Load(path, best: false, terminal.Notice))];
        bool areNamesUnique = runs.Select(run => run.Name).Distinct().Count() == runs.Length;
        IEnumerable<string> roots = runs.Select(run => Path.TrimEndingDirectorySeparator(Path.GetFullPath(run.Root)));
        if (roots.Distinct().Count() < runs.Length)
            throw new UsageException("A run is named twice: a comparison needs different runs.");
        IEnumerable<ComparedRun> compared = runs.Select(run => Compared(run, areNamesUnique ? run.Name : run.Root));
        AtomicFile.WriteText(file, ComparisonReport.Create([.. compared]).Html());
        terminal.Line($"Comparison: {file}");
    }

    private static ComparedRun Compared(SavedRun run, string name)
    {
        string confusion = Path.Combine(run.Root, "plots", "confusion.svg");
        IReadOnlyList<Fact> facts =
        [
            .. RunFacts.Results(run.Result), .. RunFacts.Settings(run.Model.Recipe, run.Result),
            .. RunFacts.Environment(run.Result),
        ];
        return new(name, run.History() ?? new(run.StepsPerEpoch, [], []), [.. facts.DistinctBy(fact => fact.Name)],
            File.Exists(confusion) ? File.ReadAllText(confusion) : null,
            (run.Result["test_sha256"] ?? run.Result["data_sha256"])?.ToString() ?? "");
    }
}
