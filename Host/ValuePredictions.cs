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
            Input.Names[i], .. Of(result.Answer, i).Select(Number),
            .. Input.HasTruths ? Of(result.Truth, i).Select(Number) : [],
        ]));

    public override void WriteJson() => Terminal.WriteJson(Enumerable.Range(0, Count).Select(i => new
    {
        Name = Input.Names[i], Values = Named(result.Answer, i), Truth = Input.HasTruths ? Named(result.Truth, i)
            : null,
    }));

    public override void Show(Terminal terminal, bool all)
    {
        int shown = all ? Count : Math.Min(Few, Count);
        for (int i = 0; i < shown; i++)
        {
            float[] answers = Of(result.Answer, i), truths = Of(result.Truth, i);
            string[] words = [.. _names.Select((name, k) => (_names.Count == 1 ? "" : $"{name} ")
                + ValueTables.Digits(answers[k]) + (Input.HasTruths ? $" (truly {ValueTables.Digits(truths[k])})"
                : ""))];
            terminal.Line($"{Input.Names[i]}: {string.Join(", ", words)}");
        }
        TellRest(terminal, shown);
    }

    private float[] Of(Func<int, int, float> value, int sample) =>
        [.. Enumerable.Range(0, _names.Count).Select(k => value(sample, k))];

    private Dictionary<string, float> Named(Func<int, int, float> value, int sample) =>
        _names.Zip(Of(value, sample)).ToDictionary(pair => pair.First, pair => pair.Second);

    private static string Number(float value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
