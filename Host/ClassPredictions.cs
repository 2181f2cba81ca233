using System.Globalization;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The class of each sample.</summary>
internal sealed class ClassPredictions(PredictionInput input, ClassEvaluation result, Model model)
    : PredictionOutput(input)
{
    private const int BarWidth = 30; // picture, name, percent and bar fit into 80 columns
    private const int MostBars = 14; // below a picture's height

    private readonly IReadOnlyList<string> _classes = model.Classes;

    public override Figure Draw()
    {
        var pictures = new SamplePictures(Input.Samples, model.Features);
        return PredictionsPlot.DrawPictures([.. Enumerable.Range(0, Count).Select(i => new PredictedPicture(
            Input.Names[i], pictures.Picture(i), _classes[result.Predicted(i)], result[i][result.Predicted(i)],
            Input.Truths[i] is { } t ? _classes[t] : null, [.. _classes.Select((name, c) => (name, result[i][c]))]))]);
    }

    public override void WriteTable(string path) => CsvFile.WritePredictions(
        path, "name", result, _classes, sample => Input.Names[sample], sample => Input.Truths[sample]);

    public override void WriteSubmission(string path) => CsvFile.Write(path, ["ImageId", "Label"], Enumerable.Range(0,
        Count)
        .Select(i => new[] { (i + 1).ToString(CultureInfo.InvariantCulture), _classes[result.Predicted(i)] }));

    public override void WriteJson() => Terminal.WriteJson(Enumerable.Range(0, Count).Select(i => new
    {
        Name = Input.Names[i], Predicted = _classes[result.Predicted(i)], Confidence = result[i][result.Predicted(i)],
        Truth = Input.Truths[i] is { } t ? _classes[t] : null, Probabilities = result[i].ToArray(),
    }));

    /// <summary>Each with its picture and its probabilities as bars; of many a line.</summary>
    public override void Show(Terminal terminal, bool all)
    {
        bool isFew = all || Count <= Few;
        for (int i = 0; i < (isFew ? Count : Few); i++)
        {
            int predicted = result.Predicted(i);
            string truth = Input.Truths[i] is { } t ? t == predicted ? $", truly {_classes[t]}"
                : $", but truly {_classes[t]}" : "";
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"{Input.Names[i]}: {_classes[predicted]} ({result[i][predicted]:P1}){truth}"));
            if (isFew)
                ShowPicture(terminal, i);
        }
        if (!isFew)
            terminal.Line($"... and {Count - Few} more: --out FILE.csv and --json have all, --show pictures.");
    }

    private void ShowPicture(Terminal terminal, int sample)
    {
        TerminalPicture picture = TerminalPicture.Of(Input.Samples, sample, model.Features);
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
