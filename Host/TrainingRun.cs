using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>A run from the command line to its exit code: a new one, or one that goes on in its folder.</summary>
public sealed class TrainingRun(TrainOptions options, ParseResult parsed, CancellationToken cancel)
{
    private readonly Stopwatch _wall = Stopwatch.StartNew();
    private readonly bool _json = options.Json(parsed);
    private readonly Terminal _terminal = new(options.Json(parsed));

    /// <summary>Does what the options ask for and returns the exit code.</summary>
    public int Execute() => options.Resume(parsed) is { } run ? GoOn(run) : Start();

    private int Start()
    {
        RunSettings settings = options.NewRun(parsed);
        RunFolder.Check(options.Out(parsed), options.Force(parsed));
        using Accelerator device = options.OpenDevice(parsed, settings);
        Dataset data = Load(settings, device);
        settings = settings with { DataSha256 = DataFingerprint.Of(data) };
        using RunFolder folder = RunFolder.Create(options.Out(parsed), settings.Recipe.Name, options.Force(parsed));
        return Show(live => Train(folder, device, data, settings, null, live));
    }

    private int GoOn(string run)
    {
        if (RunFolder.FinishedResult(run) is { } result)
        {
            _terminal.Line(
                $"The run '{run}' is finished: all {result["steps"]} steps are done, and there is nothing to resume.");
            if (_json)
                Console.Out.WriteLine(result.ToJsonString(Terminal.IndentedJson));
            return CommandLine.Done;
        }
        using RunFolder folder = RunFolder.Reopen(run);
        Checkpoint checkpoint = folder.Checkpoints(keep: 1).Latest(Notice)
            ?? throw new GpuLstmException(
                $"The run '{run}' was stopped before its first checkpoint: start it again with --out and --force.");
        RunSettings settings = options.ResumedRun(parsed, checkpoint.Settings);
        using Accelerator device = options.OpenDevice(parsed, settings);
        foreach ((string name, string value) in device.Settings)
            if (checkpoint.Settings.DeviceSettings.GetValueOrDefault(name) is { } before && before != value)
                Notice($"The run was made with {name} {before}, and goes on with {value}: its last bits may differ.");
        Dataset data = Load(settings, device);
        if (DataFingerprint.Of(data) != settings.DataSha256)
            throw new GpuLstmException(
                $"The data ({data.Name}, {data.Origin}) are not those that the run '{run}' was trained on.");
        _terminal.Line($"Going on after step {checkpoint.Position.Step}.");
        return Show(live => Train(folder, device, data, settings, checkpoint, live));
    }

    /// <summary>Loads the data, and refuses a run that the device cannot hold.</summary>
    private Dataset Load(RunSettings settings, Accelerator device)
    {
        Dataset data = TrainOptions.LoadData(settings, _terminal, cancel);
        _terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"{settings.Recipe.Name} on {data.Name} ({data.Origin}): {data.Train.Count:N0} training and "
            + $"{data.Test.Count:N0} test samples, {device.Id} ({device.Name})"));
        MemoryPlan.Of(settings.Recipe, data).Check(device);
        return data;
    }

    private int Show(Func<LiveDisplayContext?, int> train) =>
        _terminal.Live ? _terminal.Console.Live(new Text("")).AutoClear(true).Start(train) : train(null);

    private int Train(RunFolder folder, Accelerator device, Dataset data, RunSettings settings, Checkpoint? from,
        LiveDisplayContext? live)
    {
        settings = settings with { Device = device.Id, DeviceSettings = device.Settings };
        Recipe recipe = settings.Recipe;
        var display = new TrainingDisplay(_terminal, folder, live);
        var checkpointing = new Checkpointing(folder.Checkpoints(settings.Checkpoints.Keep), settings);
        using var trainer = new Trainer(device, recipe, data, settings.Seed, display, checkpointing);
        if (from != null)
            trainer.Restore(from);
        TrainingResult result = trainer.Run(cancel);
        Model.Of(recipe, trainer.Network, data.Classes, trainer.Parameters).Save(folder.Model);
        RunPlots.Write(folder, trainer.History, trainer.StepsPerEpoch, data, result.Final);
        JsonObject json = RunResult.Create(recipe, data, device, settings.Seed, trainer.Parameters.Count, result,
            _wall.Elapsed);
        // Last: it says that the run is finished.
        folder.Write(Path.GetFileName(folder.Result), json.ToJsonString(Terminal.IndentedJson) + "\n");

        if (result.Interrupted)
            _terminal.Line($"Stopped after step {result.StepsDone} of {trainer.Steps}; "
                + $"go on with: gpulstm train --resume {folder.Root}");
        _terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"Test accuracy {result.Final.Accuracy:P2} on {data.Name} ({data.Test.Count:N0} images), "
            + $"loss {result.Final.Loss:F4}; trained at {result.SamplesPerSecond:N0} samples/s"));
        if (result.First != null)
            _terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"On the first {result.First.Labels.Length:N0} test images: {result.First.Accuracy:P2}"));
        _terminal.Line($"Model, metrics and plots: {folder.Root}");
        if (_json)
            Console.Out.WriteLine(json.ToJsonString(Terminal.IndentedJson));
        return result.Interrupted ? CommandLine.Interrupted : CommandLine.Done;
    }

    private void Notice(string message) => _terminal.Line($"Notice: {message}");
}
