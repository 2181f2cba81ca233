using System.Globalization;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The numbers of each sample.</summary>
internal sealed class ValuePredictions(PredictionInput input, ValueEvaluation result, Model model)
    : PredictionOutput(input)
{
    private readonly IReadOnlyList<string> _names = model.OutputNames;

    public override Figure Draw() => Input.HasTruths ? ValuePlots.Fit(result, _names)
        : throw new UsageException("--plot draws answers over true values, and these samples have none.");

    public override void WriteTable(string path) => CsvFile.Write(path,
        ["name", .. _names, .. Input.HasTruths ? _names.Select(name => $"true {name}") : []],
        Enumerable.Range(0, Count).Select(i => (IEnumerable<string>)
        [
            Input.Names[i], .. Of(result.Answers, i).Select(Number),
            .. Input.HasTruths ? Of(result.Truths, i).Select(Number) : [],
        ]));

    public override void WriteJson() => Terminal.WriteJson(Enumerable.Range(0, Count).Select(i => new
    {
        Name = Input.Names[i], Values = Named(result.Answers, i), Truth = Input.HasTruths ? Named(result.Truths, i) : null,
    }));

    public override void Show(Terminal terminal, bool all)
    {
        int shown = all ? Count : Math.Min(Few, Count);
        for (int i = 0; i < shown; i++)
        {
            double[] answers = Of(result.Answers, i), truths = Of(result.Truths, i);
            string[] words = [.. _names.Select((name, k) => (_names.Count == 1 ? "" : $"{name} ")
                + ValueTables.Digits(answers[k]) + (Input.HasTruths ? $" (truly {ValueTables.Digits(truths[k])})" : ""))];
            terminal.Line($"{Input.Names[i]}: {string.Join(", ", words)}");
        }
        TellRest(terminal, shown);
    }

    private double[] Of(double[] values, int sample) =>
        values.AsSpan(sample * _names.Count, _names.Count).ToArray();

    private Dictionary<string, double> Named(double[] values, int sample) =>
        _names.Zip(Of(values, sample)).ToDictionary(pair => pair.First, pair => pair.Second);

    private static string Number(double value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
