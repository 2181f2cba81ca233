using System.Globalization;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Metrics;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>Precision, recall and F1 of each class and their averages, for the terminal and for JSON.</summary>
public static class ScoreTable
{
    /// <summary>Writes a row per class and per average.</summary>
    public static void Write(Terminal terminal, ConfusionMatrix matrix, IReadOnlyList<string> names)
    {
        var table = new Table().NoBorder().AddColumn(Column("class"));
        foreach (string title in new[] { "precision", "recall", "F1", "samples" })
            table.AddColumn(Column(title).RightAligned());
        for (int c = 0; c < names.Count; c++)
            Add(table, names[c], matrix.Score(c));
        foreach ((string name, ClassScore score) in Averages(matrix))
            Add(table, name, score);
        terminal.Console.Write(table);
    }

    /// <summary>The same as JSON: classes in the order of the model's outputs, then the averages.</summary>
    public static JsonObject Json(ConfusionMatrix matrix, IReadOnlyList<string> names)
    {
        var json = new JsonObject
        {
            ["classes"] = new JsonArray([.. names.Select((name, c) => Json(matrix.Score(c), name))]),
        };
        foreach ((string name, ClassScore score) in Averages(matrix))
            json[name] = Json(score, null);
        return json;
    }

    /// <summary>The share of samples whose class is among the k most probable; of equal probabilities the first classes
    /// come first.</summary>
    public static double TopK(ClassEvaluation evaluation, int k)
    {
        int hits = 0;
        for (int sample = 0; sample < evaluation.Labels.Length; sample++)
        {
            ReadOnlySpan<float> row = evaluation[sample];
            int label = evaluation.Labels[sample], before = 0;
            for (int c = 0; c < row.Length; c++)
                if (row[c] > row[label] || (row[c] == row[label] && c < label))
                    before++;
            hits += before < k ? 1 : 0;
        }
        return (double)hits / evaluation.Labels.Length;
    }

    private static IEnumerable<(string Name, ClassScore Score)> Averages(ConfusionMatrix matrix) =>
        [("macro", matrix.Macro()), ("weighted", matrix.Weighted()), ("micro", matrix.Micro())];

    private static JsonObject Json(ClassScore score, string? name)
    {
        var json = new JsonObject();
        if (name != null)
            json["name"] = name;
        (json["precision"], json["recall"], json["f1"], json["samples"]) =
            (score.Precision, score.Recall, score.F1, score.Support);
        return json;
    }

    private static TableColumn Column(string title) =>
        new(new Text(title, new Style(decoration: Decoration.Bold))) { NoWrap = true, Padding = new(0, 0, 2, 0) };

    private static void Add(Table table, string name, ClassScore score) => table.AddRow(
        Markup.Escape(name), Percent(score.Precision), Percent(score.Recall), Percent(score.F1),
        score.Support.ToString("N0", CultureInfo.InvariantCulture));

    private static string Percent(double share) => share.ToString("P2", CultureInfo.InvariantCulture);
}
