using System.Globalization;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Metrics;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>What was taken for what, and the share of each class that was recognised, for the terminal.</summary>
public static class ConfusionTable
{
    private const int BarWidth = 12;
    private const int MostColumns = 12; // more classes do not fit beside each other
    private const int MostRows = 30;

    /// <summary>Writes a row per true class; of many classes those that were recognised worst.</summary>
    public static void Write(Terminal terminal, Evaluation evaluation, IReadOnlyList<string> names)
    {
        ConfusionMatrix matrix = Matrix(evaluation, names.Count);
        bool hasCounts = names.Count <= MostColumns;
        var table = new Table().NoBorder().AddColumn(Column("true", hasCounts ? "\\ taken for" : ""));
        if (hasCounts)
            foreach (string name in names)
                table.AddColumn(Column(Shorten(name)).RightAligned());
        table.AddColumn(Column("recall").RightAligned()).AddColumn(Column(""));
        IEnumerable<int> classes = Enumerable.Range(0, names.Count);
        if (names.Count > MostRows)
            classes = classes.Where(c => matrix.Support(c) > 0).OrderBy(c => matrix.Score(c).Recall).Take(MostRows);
        foreach (int truth in classes)
            table.AddRow([Markup.Escape(names[truth]), .. hasCounts ? Counts(matrix, truth) : [], .. Recall(matrix, truth)]);
        terminal.Console.Write(table);
        if (names.Count > MostRows)
            terminal.Line($"The {MostRows} of {names.Count} classes that were recognised worst.");
    }

    private static ConfusionMatrix Matrix(Evaluation evaluation, int classes)
    {
        var matrix = new ConfusionMatrix(classes);
        for (int sample = 0; sample < evaluation.Labels.Length; sample++)
            matrix.Add(evaluation.Labels[sample], evaluation.Predicted(sample));
        return matrix;
    }

    private static TableColumn Column(string name, string second = "") =>
        new TableColumn(new Text(second.Length == 0 ? name : $"{name} {second}", new Style(decoration: Decoration.Bold))) { NoWrap = true, Padding = new Padding(0, 0, 1, 0) };

    private static IEnumerable<string> Counts(ConfusionMatrix matrix, int truth)
    {
        for (int predicted = 0; predicted < matrix.Classes; predicted++)
        {
            long count = matrix[truth, predicted];
            yield return count == 0 ? "[grey]·[/]" : truth == predicted ? $"[blue]{count}[/]" : $"[red]{count}[/]";
        }
    }

    private static IEnumerable<string> Recall(ConfusionMatrix matrix, int truth)
    {
        double recall = matrix.Score(truth).Recall;
        bool isAbsent = matrix.Support(truth) == 0;
        yield return isAbsent ? "none" : recall.ToString("P1", CultureInfo.InvariantCulture);
        yield return isAbsent ? "" : $"[blue]{new string('█', (int)Math.Round(recall * BarWidth))}[/]";
    }

    private static string Shorten(string name) => name.Length <= 6 ? name : name[..5] + "…";
}
