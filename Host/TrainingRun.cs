using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>A run from the command line to its exit code: a new one, or one that goes on in its folder.</summary>
public sealed class TrainingRun(TrainOptions options, ParseResult parsed, CancellationToken cancel)
{
    private readonly Stopwatch _wall = Stopwatch.StartNew();
    private readonly bool _json = options.Json(parsed);
    private readonly Terminal _terminal = new(options.Json(parsed));

    /// <summary>One of several seeds; null: the command line's.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The folder of one of several runs; null: the command line's.</summary>
    public string? Folder { get; init; }

    /// <summary>Does what the options ask for and returns the exit code.</summary>
    public int Execute() => options.Resume(parsed) is { } run ? GoOn(run) : Start();

    private int Start()
    {
        Model? from = options.From(parsed, Notice);
        RunSettings settings = options.NewRun(parsed, from, Seed);
        string? path = Folder ?? options.Out(parsed);
        RunFolder.Check(path, options.Force(parsed));
        using Engine device = options.OpenDevice(parsed, settings);
        Dataset data = TrainOptions.LoadData(settings, _terminal, cancel);
        settings = options.For(parsed, settings, data, from);
        Tell(settings, data, device);
        if (settings.Series != null)
            (settings, data) = SeriesRun.Prepare(device, settings, data, from, _terminal, cancel);
        settings = settings.With(data); // as they lie there, and as they are known again
        if (from != null)
            data = from.Fit(data, settings.From!);
        settings = settings with { Classes = data.Classes, Features = data.Features, Targets = data.Targets };
        using RunFolder folder = RunFolder.Create(path, settings.Recipe.Name, options.Force(parsed));
        return Tell(folder, data, Show(live =>
            Train(folder, device, data, settings, trainer => from?.CopyTo(trainer.Parameters), live)));
    }

    private int GoOn(string run)
    {
        using RunFolder folder = RunFolder.Reopen(run);
        JsonObject? finished = RunFolder.FinishedResult(run);
        if (folder.Checkpoints(keep: 1).Latest(Notice) is not { } checkpoint)
            return finished != null && !options.ChangesRecipe(parsed) ? TellFinished(run, finished)
                : throw new GpuLstmException(finished != null
                    ? $"The run '{run}' is finished, and kept no checkpoint to go on from."
                    : $"The run '{run}' was stopped before its first checkpoint: start it again with --out and "
                        + "--force.");
        (RunSettings settings, string? change) = options.ResumedRun(parsed, checkpoint);
        if (finished != null && !IsLonger(checkpoint, settings))
            return change == null ? TellFinished(run, finished) : throw new UsageException(
                $"The run '{run}' is finished, and nothing is left for {change} to change: --epochs extends it.");
        using Engine device = options.OpenDevice(parsed, settings);
        foreach ((string name, string value) in device.Settings)
            if (checkpoint.Settings.DeviceSettings.GetValueOrDefault(name) is { } before && before != value)
                Notice($"The run was made with {name} {before}, and goes on with {value}: its last bits may differ.");
        Dataset data = TrainOptions.LoadData(settings, _terminal, cancel);
        Tell(settings, data, device);
        if (DataFingerprint.Of(data) != settings.DataSha256)
            throw new GpuLstmException(
                $"The data ({data.Name}, {data.Origin}) are not those that the run '{run}' was trained on.");
        IReadOnlyList<string> classes = settings.Classes ?? data.Classes;
        data = data with { Features = settings.Features,
            Targets = settings.Targets }; // of the model that it started from
        settings = settings.With(data) with { Classes = classes };
        data = data.WithClasses(classes, run);
        _terminal.Line($"Going on after step {checkpoint.Position.Step}.");
        return Tell(folder, data, Show(live =>
            Train(folder, device, data, settings, trainer => trainer.Restore(checkpoint), live)));
    }

    private int TellFinished(string run, JsonObject result)
    {
        _terminal.Line(
            $"The run '{run}' is finished: all {result["steps"]} steps are done, and there is nothing to resume.");
        if (_json)
            Console.Out.WriteLine(result.ToJsonString(Terminal.IndentedJson));
        return CommandLine.Done;
    }

    /// <summary>Whether there are epochs left by the new settings.</summary>
    private static bool IsLonger(Checkpoint checkpoint, RunSettings settings)
    {
        bool hasSteps = checkpoint.Position.Step < (long)settings.Recipe.Epochs * checkpoint.StepsPerEpoch;
        bool hasPatience = settings.Selection.Patience == 0
            || checkpoint.Position.Waited < settings.Selection.Patience;
        return hasSteps && hasPatience;
    }

    /// <summary>Says what begins, and refuses a run that the device cannot hold.</summary>
    private void Tell(RunSettings settings, Dataset data, Engine device)
    {
        _terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"{settings.Recipe.Name} on {data.Name} ({data.Origin}): {data.Train.Count:N0} training and "
            + $"{data.Test.Count:N0} test samples, {device.Id} ({device.Name})"));
        if (device.Id == "debug")
            Notice("The debug device runs each kernel item by item, to step through: it is thousands of times slower "
                + "than cpu. Few samples (--limit) and units (--hidden) are what it is for.");
        if (data.Validation.Count > 0)
            _terminal.Line(
                $"{Ticks.Label(data.Validation.Count)} of the training samples are set aside for validation.");
        else if (settings.Series == null)
            _terminal.Line("Test figures of each epoch are only shown: nothing is chosen by them, and --validation "
                + "sets samples aside for that.");
        MemoryPlan.Check(device, settings.Recipe, data);
    }

    private Outcome Show(Func<LiveDisplayContext?, Outcome> train) =>
        _terminal.Live ? _terminal.Console.Live(new Text("")).AutoClear(true).Start(train) : train(null);

    private Outcome Train(RunFolder folder, Engine device, Dataset data, RunSettings settings,
        Action<Trainer> begin, LiveDisplayContext? live)
    {
        settings = settings with { Device = device.Id, DeviceSettings = device.Settings };
        Recipe recipe = settings.Recipe;
        var display = new TrainingDisplay(_terminal, folder, live)
        {
            SaveBest = best => ModelOf(best).Save(folder.Best),
        };
        var checkpointing = new Checkpointing(
            folder.Checkpoints(settings.Checkpoints.Keep, settings.Checkpoints.OnNan == OnNan.Rollback), settings);
        using Trainer trainer = Prepare(device, data, settings, display, checkpointing);
        begin(trainer);
        TrainingResult result = trainer.Run(cancel);
        Model model = ModelOf(trainer.Parameters.ToTensors(trainer.Parameters.Values));
        if (result.Failure != null)
            folder.Checkpoints(keep: 1).Trim(); // room for model and result
        if (model.NotFinite == null && result.Final.IsFinite)
            Save(model, folder);
        JsonObject json = RunResult.Create(
            settings, data, model, device, trainer.Parameters.Count, result, _wall.Elapsed);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Root)));
        TrainingHistory history = RunLog.Plotted(trainer.History, trainer.StepsPerEpoch, data.Test.Count);
        StorageException? failure = result.Failure;
        if (failure != null)
            WriteResult(); // before what takes more room
        try
        {
            RunLog.WriteSteps(folder.Root, trainer.History);
            new RunPages(name, model, json, history, data.Test, result.Final)
                .Write(folder.Root, folder.Report, device, options.PictureFormats(parsed));
        }
        catch (StorageException e)
        {
            failure ??= e;
            folder.MakeRoom();
        }
        // Last where nothing is amiss: it says that the run is finished.
        if (result.Failure == null)
            WriteResult();
        if (failure != null)
            throw failure;
        return new(result, json, trainer.Steps, model);

        void WriteResult() => folder.Write(RunFolder.ResultName, json.ToJsonString(Terminal.IndentedJson) + "\n");

        Model ModelOf(IReadOnlyList<Tensor> tensors) =>
            new(recipe, recipe.Network(data.Train, data.Classes.Count), data.Classes, tensors)
            {
                Data = settings.Statement, Intervals = settings.Intervals,
            };
    }

    /// <summary>Saves the model; where the disk is full, at the cost of all checkpoints but the last.</summary>
    private static void Save(Model model, RunFolder folder)
    {
        try
        {
            model.Save(folder.Model);
        }
        catch (StorageException) when (folder.Checkpoints(keep: 1).Trim())
        {
            model.Save(folder.Model);
        }
    }

    /// <exception cref="DeviceException">The device has less memory than it seemed.</exception>
    private static Trainer Prepare(
        Engine device, Dataset data, RunSettings settings, TrainingDisplay display, Checkpointing checkpointing)
    {
        try
        {
            return new Trainer(device, settings.Recipe, data, settings.Seed, display, checkpointing);
        }
        catch (DeviceMemoryException e)
        {
            throw MemoryPlan.Advise(e, device, settings.Recipe, data);
        }
    }

    /// <summary>Says how the run ended, and returns the exit code.</summary>
    /// <exception cref="GpuLstmException">The model is of no use.</exception>
    private int Tell(RunFolder folder, Dataset data, Outcome outcome)
    {
        (TrainingResult result, JsonObject json, long steps, Model model) = outcome;
        if (model.NotFinite != null || !result.Final.IsFinite)
            throw new GpuLstmException("Training diverged: "
                + (model.NotFinite is { } tensor ? $"weights in '{tensor}'" : "the model's answers")
                + $" are not finite numbers; '{folder.Root}' has the curves of loss and accuracy, and no model.");
        var final = new EvaluationOutput(model, data.Test, result.Final);
        if (!result.Interrupted)
            final.Write(_terminal);
        if (result.Interrupted)
            _terminal.Line($"Stopped after step {result.StepsDone} of {steps}; "
                + $"go on with: {Invocation.Of("train", "--resume", folder.Root)}");
        _terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"Test {final.Figure} on {data.Name} ({data.Test.Count:N0} {data.SampleWord}), "
            + $"loss {result.Final.Loss:F4}; trained at {result.SamplesPerSecond:N0} samples/s"));
        if (result.StoppedEarly)
            _terminal.Line($"Stopped early after epoch {result.EpochsDone}: no better model in as many epochs as "
                + "--patience allows.");
        if (result.Best is { } best)
            _terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"Best on the validation samples: epoch {best.Epoch}, loss {best.Loss:F4}"
                + $"{(best.Accuracy is { } share ? ", accuracy " + share.ToString("P2", CultureInfo.InvariantCulture) : "")}"
                + $"; its test {new EvaluationOutput(model, data.Test, best.Test).Figure} ({RunFolder.BestName})"));
        if (result.First != null)
            _terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"On the first {result.First.Count:N0} test {data.SampleWord}: "
                + $"{new EvaluationOutput(model, data.Test.Take(result.First.Count), result.First).Figure}"));
        _terminal.Line($"Model, metrics, plots and report: {folder.Root}");
        if (_json && Folder == null) // of several runs the summary is printed
            Console.Out.WriteLine(json.ToJsonString(Terminal.IndentedJson));
        return result.Interrupted ? CommandLine.Interrupted : CommandLine.Done;
    }

    /// <param name="Steps">Those of the whole run.</param>
    private sealed record Outcome(TrainingResult Result, JsonObject Json, long Steps, Model Model);

    private void Notice(string message) => _terminal.Notice(message);
}
