using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using Spectre.Console;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm train</c>: trains a recipe and leaves a run folder.</summary>
public static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train", "Trains a network and leaves a run folder with model, metrics, result and plots.");
        var recipe = new RecipeOptions();
        var common = new CommonOptions();
        var limit = new Option<int?>("--limit") { Description = "Train on the first N samples only.", HelpName = "N" };
        var output = new Option<string?>("--out") { Description = "Run folder; runs/<date>-<time>-<recipe> when left out.", HelpName = "DIR" };
        var force = new Option<bool>("--force") { Description = "Write into a run folder that is not empty." };
        recipe.AddTo(command);
        common.AddDataTo(command);
        foreach (Option option in new Option[] { limit, output, force })
            command.Options.Add(option);
        common.AddDeviceTo(command);
        command.Options.Add(common.Json);
        command.SetAction((parsed, cancel) =>
        {
            var run = new TrainingRun(recipe.Get(parsed), parsed.GetValue(output), parsed.GetValue(force), parsed.GetValue(common.Seed), parsed.GetValue(common.Json));
            return Task.FromResult(run.Execute(common, parsed, parsed.GetValue(limit), cancel));
        });
        return HelpWithExamples.WithExamples(command, """
            gpulstm train
            gpulstm train --recipe lstm64 --schedule cosine --seed 2
            gpulstm train --data strokes --epochs 3 --hidden 64 --out runs/small
            """);
    }

    private sealed record TrainingRun(Recipe Recipe, string? Out, bool Force, ulong Seed, bool Json)
    {
        private readonly Stopwatch _wall = Stopwatch.StartNew();

        public int Execute(CommonOptions common, ParseResult parsed, int? limit, CancellationToken cancel)
        {
            RunFolder.Check(Out, Force);
            var terminal = new Terminal(Json);
            using Accelerator device = common.OpenDevice(parsed);
            Dataset data = common.LoadData(parsed, terminal, Recipe.Split, limit, cancel);
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"{Recipe.Name} on {data.Name} ({data.Origin}): {data.Train.Count:N0} training and {data.Test.Count:N0} test samples, {device.Id} ({device.Name})"));
            using RunFolder folder = RunFolder.Create(Out, Recipe.Name, Force);
            return terminal.Live
                ? terminal.Console.Live(new Text("")).AutoClear(true).Start(live => Train(terminal, folder, device, data, live, cancel))
                : Train(terminal, folder, device, data, null, cancel);
        }

        private int Train(Terminal terminal, RunFolder folder, Accelerator device, Dataset data, LiveDisplayContext? live, CancellationToken cancel)
        {
            var display = new TrainingDisplay(terminal, folder, live);
            using var trainer = new Trainer(device, Recipe, data, Seed, display);
            TrainingResult result = trainer.Run(cancel);
            Model.Of(Recipe, trainer.Network, data.Classes, trainer.Parameters).Save(folder.Model);
            RunPlots.Write(folder, display, trainer.StepsPerEpoch, data, result.Final);
            JsonObject json = RunResult.Create(Recipe, data, device, Seed, trainer.Parameters.Count, result, _wall.Elapsed);
            folder.Write(Path.GetFileName(folder.Result), json.ToJsonString(Terminal.IndentedJson) + "\n");

            if (result.Interrupted)
                terminal.Line($"Stopped after step {result.StepsDone} of {trainer.Steps}; the model as it stood is saved.");
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"Test accuracy {result.Final.Accuracy:P2} on {data.Name} ({data.Test.Count:N0} images), loss {result.Final.Loss:F4}; trained at {result.SamplesPerSecond:N0} samples/s"));
            if (result.First != null)
                terminal.Line(string.Create(CultureInfo.InvariantCulture, $"On the first {result.First.Labels.Length:N0} test images: {result.First.Accuracy:P2}"));
            terminal.Line($"Model, metrics and plots: {folder.Root}");
            if (Json)
                Console.Out.WriteLine(json.ToJsonString(Terminal.IndentedJson));
            return result.Interrupted ? CommandLine.Interrupted : CommandLine.Done;
        }
    }
}
