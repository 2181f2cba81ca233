using System.Globalization;
using GpuLstm.Runtime.Training.Metrics;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>What was taken for what, and the share of each class that was missed, for the terminal.</summary>
public static class ConfusionTable
{
    private const int BarWidth = 12;
    private const int MostColumns = 12; // more classes do not fit beside each other
    private const int MostRows = 30;

    /// <summary>Writes a row per true class; of many classes those that were recognised worst.</summary>
    public static void Write(Terminal terminal, ConfusionMatrix matrix, IReadOnlyList<string> names)
    {
        int digits = Enumerable.Range(0, names.Count).Max(c => $"{matrix.Support(c)}".Length);
        int width = names.Max(name => name.Length) + 20
            + names.Sum(name => Math.Max(digits, Shorten(name).Length) + 1);
        bool hasCounts = names.Count <= MostColumns && width <= terminal.Console.Profile.Width;
        var table = new Table().NoBorder().AddColumn(Column("true"));
        if (hasCounts)
            foreach (string name in names)
                table.AddColumn(Column(Shorten(name)).RightAligned());
        table.AddColumn(Column("missed").RightAligned()).AddColumn(Column(""));
        double most = Enumerable.Range(0, names.Count).Max(c => Missed(matrix, c));
        IEnumerable<int> classes = Enumerable.Range(0, names.Count);
        if (names.Count > MostRows)
            classes = classes.Where(c => matrix.Support(c) > 0).OrderByDescending(c => Missed(matrix, c))
                .Take(MostRows);
        foreach (int truth in classes)
        {
            IEnumerable<string> counts = hasCounts ? Counts(matrix, truth) : [];
            table.AddRow([Markup.Escape(names[truth]), .. counts, .. Bar(matrix, truth, most)]);
        }
        terminal.Console.Write(table);
        if (names.Count > MostRows)
            terminal.Line($"The {MostRows} of {names.Count} classes that were recognised worst.");
    }

    private static TableColumn Column(string name) =>
        new(new Text(name, new Style(decoration: Decoration.Bold))) { NoWrap = true, Padding = new(0, 0, 1, 0) };

    private static double Missed(ConfusionMatrix matrix, int truth) =>
        matrix.Support(truth) == 0 ? 0 : 1 - matrix.Score(truth).Recall;

    private static IEnumerable<string> Counts(ConfusionMatrix matrix, int truth)
    {
        for (int predicted = 0; predicted < matrix.Classes; predicted++)
        {
            long count = matrix[truth, predicted];
            yield return count == 0 ? "[grey]·[/]" : truth == predicted ? $"[green]{count}[/]" : $"[red]{count}[/]";
        }
    }

    /// <summary>The share that was missed, and a bar that is longest for the worst class.</summary>
    private static IEnumerable<string> Bar(ConfusionMatrix matrix, int truth, double most)
    {
        double missed = Missed(matrix, truth);
        yield return matrix.Support(truth) == 0 ? "none" : missed.ToString("P1", CultureInfo.InvariantCulture);
        yield return $"[red]{new string('█', most > 0 ? (int)Math.Ceiling(missed / most * BarWidth) : 0)}[/]";
    }

    private static string Shorten(string name) => name.Length <= 6 ? name : name[..5] + "…";
}
