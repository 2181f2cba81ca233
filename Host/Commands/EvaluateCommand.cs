using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm evaluate</c>: a model's accuracy and loss on test data.</summary>
public static class EvaluateCommand
{
    public static Command Create()
    {
        var command = new Command("evaluate", "Evaluates a model on the test samples of a data set.");
        var model = new ModelOptions();
        var limit = new Option<int?>("--limit") { Description = "The first N test samples only.", HelpName = "N" };
        var predictions = new Option<string?>("--out", "--predictions")
        {
            Description = "Write index, label, predicted class and each class's probability per sample.",
            HelpName = "FILE.csv",
        };
        var top = new Option<int?>("--top-k")
        {
            Description = "Also the share of samples whose class is among the K most probable.", HelpName = "K",
        };
        var common = new CommonOptions();
        model.AddTo(command);
        common.AddDataTo(command);
        command.Options.Add(limit);
        command.Options.Add(predictions);
        command.Options.Add(top);
        common.AddDeviceTo(command);
        command.Options.Add(common.Json);
        command.SetAction((parsed, cancel) =>
            Task.FromResult(Run(common, parsed, model, parsed.GetValue(limit),
                parsed.GetValue(predictions), parsed.GetValue(top), cancel)));
        return HelpWithExamples.WithExamples(command, """
            gpulstm evaluate runs/RUN/model.safetensors
            gpulstm evaluate runs/RUN --limit 2000 --top-k 3 --out predictions.csv
            gpulstm evaluate --from torch.safetensors --mean 0.1307 --std 0.3081 --data mnist
            """);
    }

    private static int Run(CommonOptions common, ParseResult parsed, ModelOptions options, int? limit,
        string? predictions, int? top, CancellationToken cancel)
    {
        if (top is < 1)
            throw new Runtime.UsageException($"--top-k must be at least 1; it is {top}.");
        if (limit is < 1)
            throw new Runtime.UsageException($"--limit must be at least 1; it is {limit}.");
        var terminal = new Terminal(parsed.GetValue(common.Json));
        using Engine device = common.OpenDevice(parsed);
        NamedModel named = options.Read(parsed, terminal);
        (Dataset data, int? overlap) = EvaluationData.Load(common, parsed, named, terminal, cancel);
        (named, data) = named.For(data);
        using var model = new LoadedModel(named, device);
        Samples samples = limit is { } count ? data.Test.Take(count) : data.Test;
        var clock = Stopwatch.StartNew();
        Evaluation result = model.Evaluate(samples);
        if (!result.IsFinite)
            throw new Runtime.GpuLstmException(
                $"'{named.Name}' answers numbers that are not finite: its training diverged.");
        double rate = samples.Count / clock.Elapsed.TotalSeconds;
        ClassEvaluation? classes = result as ClassEvaluation;
        if (top != null && classes is null)
            throw new Runtime.UsageException("--top-k goes with classes; the model answers numbers.");
        if (predictions != null)
            WriteTable(predictions, samples, result, model.Model);
        var output = new EvaluationOutput(model.Model, samples, result);
        ConfusionMatrix? matrix = classes?.ToPredictions().Confusion();
        if (parsed.GetValue(common.Json))
        {
            var json = new JsonObject
            {
                ["model"] = named.Name, ["recipe"] = model.Model.Recipe.Name, ["data"] = data.Name,
                ["data_origin"] = data.Origin, ["overlap_with_training"] = overlap,
                ["device"] = device.Id, ["device_name"] = device.Name, ["test_samples"] = samples.Count,
                ["samples_per_second"] = Math.Round(rate, 1),
            };
            output.AddTo(json, "test_");
            if (matrix != null)
                json["scores"] = ScoreTable.Json(matrix, model.Model.Classes);
            if (classes != null && top is { } most)
                (json["top_k"], json["top_k_accuracy"]) = (most, ScoreTable.TopK(classes, most));
            Terminal.WriteJson(json);
            return CommandLine.Done;
        }
        output.Write(terminal);
        if (matrix != null)
            ScoreTable.Write(terminal, matrix, model.Model.Classes);
        if (classes != null && top is { } k)
            terminal.Line(string.Create(
                CultureInfo.InvariantCulture, $"Top-{k} accuracy {ScoreTable.TopK(classes, k):P2}"));
        terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"Test {output.Figure} on {data.Name} ({samples.Count:N0} {data.SampleWord}), loss {result.Loss:F4}; "
            + $"{rate:N0} samples/s on {device.Id}"));
        return CommandLine.Done;
    }

    private static void WriteTable(string path, Samples samples, Evaluation result, Model model)
    {
        string Index(int sample) => sample.ToString(CultureInfo.InvariantCulture);
        if (result is ClassEvaluation classes)
            CsvFile.WritePredictions(path, samples.Head == Head.Class ? "index" : "labelled step", classes,
                model.Classes,
                Index, answer => classes.Labels[answer]);
        else
            new ValuePredictions(new(samples, [.. Enumerable.Range(0, samples.Count).Select(Index)],
                new int?[samples.Count]) { HasTruths = true }, (ValueEvaluation)result, model).WriteTable(path);
    }
}
