using GpuLstm.Host.Plots;

namespace GpuLstm.Host.Report;

/// <summary>A run among others.</summary>
/// <param name="Facts">Settings and results by name; runs need not have the same.</param>
/// <param name="TestData">Tells test sets apart.</param>
/// <param name="Confusion">Its confusion matrix as SVG, null where it has none.</param>
public sealed record ComparedRun(
    string Name, TrainingHistory History, IReadOnlyList<Fact> Facts, string? Confusion = null, string TestData = "");

/// <summary>Several runs on one page: their curves in common plots, and what differs between them first.</summary>
public static class ComparisonReport
{
    private const string Missing = "–";

    /// <param name="runs">At least one; their names differ.</param>
    public static ReportPage Create(IReadOnlyList<ComparedRun> runs)
    {
        NamedHistory[] histories = [.. runs.Select(run => new NamedHistory(run.Name, run.History, run.TestData))];
        string[] names = [.. runs.SelectMany(run => run.Facts).Select(fact => fact.Name).Distinct()];
        ILookup<bool, string> byDifference =
            names.ToLookup(name => runs.Select(run => ValueOf(run, name)).Distinct().Count() > 1);
        string[] header = ["", .. runs.Select(run => run.Name)];
        return new ReportPage($"{runs.Count} runs compared", string.Join(", ", runs.Select(run => run.Name)), [],
        [
            new("Training",
            [
                new FigureBlock(new NamedPlot("test-loss", HistoryComparisonPlot.DrawLoss(histories))),
                new FigureBlock(new NamedPlot("test-accuracy", HistoryComparisonPlot.DrawAccuracy(histories))),
            ]),
            new("What differs", Table(byDifference[true])),
            new("Confusion", [.. runs.Where(run => run.Confusion is not null).Select(Confusion)]),
            new("What is the same", Table(byDifference[false])),
        ]);

        IReadOnlyList<ReportBlock> Table(IEnumerable<string> facts)
        {
            IReadOnlyList<string>[] rows = [.. facts.Select(name => Row(runs, name))];
            return rows.Length == 0 ? [] : [new TableBlock("Settings and results", header, rows)];
        }
    }

    private static IReadOnlyList<string> Row(IReadOnlyList<ComparedRun> runs, string name) =>
        [name, .. runs.Select(run => ValueOf(run, name))];

    private static string ValueOf(ComparedRun run, string name) =>
        run.Facts.FirstOrDefault(fact => fact.Name == name)?.Value ?? Missing;

    /// <summary>The run's name goes into the picture's id, so that ids stay unique in the page.</summary>
    private static FigureBlock Confusion(ComparedRun run) =>
        new($"confusion-{run.Name}", run.Confusion!, run.Name);
}
