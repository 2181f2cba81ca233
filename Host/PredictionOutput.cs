using System.Globalization;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>What a model said of samples, for people and for programs.</summary>
internal sealed class PredictionOutput(PredictionInput input, Evaluation result, Model model)
{
    /// <summary>Samples that are shown whole when nothing is said.</summary>
    public const int Few = 20;

    private const int BarWidth = 30; // picture, name, percent and bar fit into 80 columns
    private const int MostBars = 14; // below a picture's height

    private readonly IReadOnlyList<string> _classes = model.Classes;

    private int Count => input.Samples.Count;

    public Figure Draw()
    {
        var pictures = new SamplePictures(input.Samples, model.Features);
        return PredictionsPlot.DrawPictures([.. Enumerable.Range(0, Count).Select(i => new PredictedPicture(
            input.Names[i], pictures.Picture(i), _classes[result.Predicted(i)], result[i][result.Predicted(i)],
            input.Truths[i] is { } t ? _classes[t] : null, [.. _classes.Select((name, c) => (name, result[i][c]))]))]);
    }

    /// <exception cref="GpuLstmException">The file cannot be written.</exception>
    public void WriteTable(string path) => CsvFile.WritePredictions(
        path, "name", result, _classes, sample => input.Names[sample], sample => input.Truths[sample]);

    /// <summary>As Kaggle's digit recogniser wants predictions: numbered from 1.</summary>
    /// <exception cref="GpuLstmException">The file cannot be written.</exception>
    public void WriteSubmission(string path) => CsvFile.Write(path, ["ImageId", "Label"], Enumerable.Range(0, Count)
        .Select(i => new[] { (i + 1).ToString(CultureInfo.InvariantCulture), _classes[result.Predicted(i)] }));

    public void WriteJson() => Terminal.WriteJson(Enumerable.Range(0, Count).Select(i => new
    {
        Name = input.Names[i], Predicted = _classes[result.Predicted(i)], Confidence = result[i][result.Predicted(i)],
        Truth = input.Truths[i] is { } t ? _classes[t] : null, Probabilities = result[i].ToArray(),
    }));

    /// <summary>Each with its picture and its probabilities as bars; of many a line.</summary>
    /// <param name="all">Whether to show many as few are.</param>
    public void Show(Terminal terminal, bool all)
    {
        bool isFew = all || Count <= Few;
        for (int i = 0; i < (isFew ? Count : Few); i++)
        {
            int predicted = result.Predicted(i);
            string truth = input.Truths[i] is { } t ? t == predicted ? $", truly {_classes[t]}"
                : $", but truly {_classes[t]}" : "";
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"{input.Names[i]}: {_classes[predicted]} ({result[i][predicted]:P1}){truth}"));
            if (isFew)
                ShowPicture(terminal, i);
        }
        if (!isFew)
            terminal.Line($"... and {Count - Few} more: --out FILE.csv and --json have all, --show pictures.");
    }

    private void ShowPicture(Terminal terminal, int sample)
    {
        TerminalPicture picture = TerminalPicture.Of(input.Samples, sample, model.Features);
        int[] order = [.. Enumerable.Range(0, _classes.Count)];
        if (order.Length > MostBars) // of many classes those that count
            order = [.. order.OrderByDescending(c => result[sample][c]).Take(MostBars)];
        int nameWidth = order.Max(c => _classes[c].Length);
        for (int row = 0; row < Math.Max(picture.Rows, order.Length); row++)
            picture.WriteRow(terminal, row, row >= order.Length ? ""
                : Bar(_classes[order[row]].PadLeft(nameWidth), result[sample][order[row]]));
    }

    private static string Bar(string name, float p) =>
        string.Create(CultureInfo.InvariantCulture,
            $"  {name} {p,7:P1} {new string('█', (int)MathF.Round(p * BarWidth))}");
}
