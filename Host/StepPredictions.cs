using System.Globalization;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The class at every step of each sequence.</summary>
/// <param name="result">Of all steps, one sequence after the other.</param>
internal sealed class StepPredictions(PredictionInput input, ClassEvaluation result, Model model)
    : PredictionOutput(input)
{
    private const int MostStretches = 12;
    private readonly SequenceSamples _sequences = (SequenceSamples)input.Samples;
    private readonly IReadOnlyList<string> _classes = model.Classes;

    public override Figure Draw() => StepClassesPlot.Draw([.. Enumerable.Range(0, Count).Select(i =>
        new ClassifiedSteps(Input.Names[i], Predicted(i), Truths(i)))], _classes);

    public override void WriteTable(string path) => CsvFile.Write(path,
        ["name", "step", "label", "predicted", .. _classes.Select(c => $"p{c}")],
        Enumerable.Range(0, Count).SelectMany(i => Enumerable.Range(0, _sequences.Lengths[i]).Select(t =>
            (IEnumerable<string>)
            [
                Input.Names[i], (t + 1).ToString(CultureInfo.InvariantCulture), Name(Truths(i)[t]) ?? "",
                _classes[result.Predicted(_sequences.Starts[i] + t)],
                .. result[_sequences.Starts[i] + t].ToArray()
                    .Select(p => p.ToString("G9", CultureInfo.InvariantCulture)),
            ])));

    public override void WriteJson() => Terminal.WriteJson(Enumerable.Range(0, Count).Select(i => new
    {
        Name = Input.Names[i], Predicted = Predicted(i).Select(c => _classes[c]),
        Truth = Truths(i).All(c => c < 0) ? null : Truths(i).Select(Name),
        Probabilities = Enumerable.Range(_sequences.Starts[i], _sequences.Lengths[i]).Select(at
            => result[at].ToArray()),
    }));

    public override void Show(Terminal terminal, bool all)
    {
        int shown = all ? Count : Math.Min(Few, Count);
        for (int i = 0; i < shown; i++)
        {
            int[] predicted = Predicted(i), truths = Truths(i);
            List<string> stretches = [];
            for (int start = 0, end; start < predicted.Length; start = end)
            {
                end = start + 1;
                while (end < predicted.Length && predicted[end] == predicted[start])
                    end++;
                stretches.Add(end - start == 1 ? $"{start + 1} {_classes[predicted[start]]}"
                    : $"{start + 1}-{end} {_classes[predicted[start]]}");
            }
            int known = truths.Count(c => c >= 0), right = truths.Where((c, t) => c >= 0 && c == predicted[t]).Count();
            terminal.Line($"{Input.Names[i]}: {string.Join(", ", stretches.Take(MostStretches))}"
                + (stretches.Count > MostStretches ? ", ..." : "")
                + (known > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({right} of {known} labelled steps "
                + $"right)") : ""));
        }
        TellRest(terminal, shown);
    }

    private int[] Predicted(int sequence) => [.. Enumerable.Range(
        _sequences.Starts[sequence], _sequences.Lengths[sequence]).Select(result.Predicted)];

    private int[] Truths(int sequence) => Input.StepTruths is { } truths
        ? truths.AsSpan(_sequences.Starts[sequence], _sequences.Lengths[sequence]).ToArray()
        : [.. Enumerable.Repeat(-1, _sequences.Lengths[sequence])];

    private string? Name(int label) => label < 0 ? null : _classes[label];
}
