using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm evaluate</c>: a model's accuracy and loss on test data.</summary>
public static class EvaluateCommand
{
    public static Command Create()
    {
        var command = new Command("evaluate", "Evaluates a model on the test samples of a data set.");
        var model = new ModelOptions();
        var limit = new Option<int?>("--limit") { Description = "The first N test samples only.", HelpName = "N" };
        var predictions = new Option<string?>("--predictions")
        {
            Description = "Write index,label,predicted,p0,p1,... per sample.", HelpName = "FILE.csv",
        };
        var common = new CommonOptions();
        model.AddTo(command);
        common.AddDataTo(command);
        command.Options.Add(limit);
        command.Options.Add(predictions);
        common.AddDeviceTo(command);
        command.Options.Add(common.Json);
        command.SetAction((parsed, cancel) =>
            Task.FromResult(Run(common, parsed, model, parsed.GetValue(limit), parsed.GetValue(predictions), cancel)));
        return HelpWithExamples.WithExamples(command, """
            gpulstm evaluate runs/RUN/model.safetensors
            gpulstm evaluate runs/RUN/model.safetensors --limit 2000 --predictions predictions.csv
            gpulstm evaluate --from torch.safetensors --mean 0.1307 --std 0.3081 --data mnist
            """);
    }

    private static int Run(CommonOptions common, ParseResult parsed, ModelOptions options, int? limit,
        string? predictions, CancellationToken cancel)
    {
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
        double rate = samples.Count / clock.Elapsed.TotalSeconds;
        if (predictions != null)
            WritePredictions(predictions, result);
        if (parsed.GetValue(common.Json))
            Terminal.WriteJson(new JsonObject
            {
                ["model"] = named.Name, ["recipe"] = model.Model.Recipe.Name, ["data"] = data.Name,
                ["data_origin"] = data.Origin, ["overlap_with_training"] = overlap,
                ["device"] = device.Id, ["device_name"] = device.Name, ["test_samples"] = samples.Count,
                ["test_accuracy"] = result.Accuracy,
                ["test_loss"] = result.Loss, ["samples_per_second"] = Math.Round(rate, 1),
            });
        else
        {
            ConfusionTable.Write(terminal, result, model.Model.Classes);
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"Test accuracy {result.Accuracy:P2} on {data.Name} ({samples.Count:N0} images), loss "
                + $"{result.Loss:F4}; {rate:N0} samples/s on {device.Id}"));
        }
        return CommandLine.Done;
    }

    private static void WritePredictions(string path, Evaluation result) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("index,label,predicted," + string.Join(',',
            Enumerable.Range(0, result.Classes).Select(c => $"p{c}")));
        for (int sample = 0; sample < result.Labels.Length; sample++)
        {
            writer.Write($"{sample},{result.Labels[sample]},{result.Predicted(sample)}");
            foreach (float p in result[sample])
                writer.Write(string.Create(CultureInfo.InvariantCulture, $",{p:G9}"));
            writer.WriteLine();
        }
    });
}
