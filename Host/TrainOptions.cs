using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>All options of <c>train</c>, and the settings of a run that they lead to.</summary>
public sealed class TrainOptions
{
    private readonly RecipeOptions _recipe = new();
    private readonly CommonOptions _common = new();
    private readonly SurvivalOptions _survival = new();
    private readonly SeriesArguments _series = new();

    private readonly Option<int?> _limit = new("--limit")
    {
        Description = "Train on the first N samples only.", HelpName = "N",
    };

    private readonly Option<string?> _out = new("--out")
    {
        Description = "Run folder; runs/<date>-<time>-<recipe> when left out.", HelpName = "DIR",
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Write into a run folder that is not empty.",
    };

    private readonly Option<string?> _from = ModelOptions.FromOption("Start from");

    private readonly Option<string?> _seeds = new("--seeds")
    {
        Description = "Several runs, for mean and standard deviation: 1-5 or 1,2,7.", HelpName = "N-N|N,N",
    };

    private readonly Option<bool> _best = ModelOptions.BestOption();

    private readonly Option<string?> _validation = new("--validation")
    {
        Description = "Training samples set aside, of each class alike, to choose the best model by: 10% or a number.",
        HelpName = "N|N%",
    };

    private readonly Option<int> _patience = new("--patience")
    {
        Description = "Stop after so many epochs without a better model on the validation samples; 0: do not.",
        HelpName = "EPOCHS",
    };

    private readonly Option<SelectionMetric> _monitor = new("--monitor")
    {
        Description = "What makes a model better: its loss or its accuracy on the validation samples.",
        HelpName = "LOSS|ACCURACY",
    };

    private readonly PictureOptions _pictures = new();

    public void AddTo(Command command)
    {
        _recipe.AddTo(command);
        _common.AddDataTo(command);
        _series.AddTo(command);
        foreach (Option option in new Option[]
        {
            _from, _best, _seeds, _limit, _validation, _patience, _monitor, _out, _force,
        })
            command.Options.Add(option);
        _pictures.AddTo(command);
        _survival.AddTo(command);
        _common.AddDeviceTo(command);
        command.Options.Add(_common.Json);
    }

    public bool Json(ParseResult parsed) => parsed.GetValue(_common.Json);

    public bool Force(ParseResult parsed) => parsed.GetValue(_force);

    /// <summary>The formats that plots are wanted in beside SVG, as extensions.</summary>
    public IReadOnlyList<string> PictureFormats(ParseResult parsed) => _pictures.Get(parsed);

    /// <summary>The seeds of several runs; null: one run.</summary>
    /// <exception cref="UsageException">An option does not go with them.</exception>
    public IReadOnlyList<ulong>? Seeds(ParseResult parsed)
    {
        if (parsed.GetValue(_seeds) is not { } text)
            return null;
        if (parsed.IsGiven(_common.Seed) || parsed.GetValue(_survival.Resume) != null)
            throw new UsageException("--seeds starts several runs: --seed and --resume do not go with it.");
        return SeedRuns.Parse(text);
    }

    /// <summary>The new run's folder; null: one is made up.</summary>
    public string? Out(ParseResult parsed) => parsed.GetValue(_out);

    /// <summary>The folder of the run to go on with; null: a new run.</summary>
    /// <exception cref="UsageException">An option of a new run is given with it.</exception>
    public string? Resume(ParseResult parsed)
    {
        string? run = parsed.GetValue(_survival.Resume);
        if (run != null && (Force(parsed) || Out(parsed) != null))
            throw new UsageException("--resume goes on in the run's own folder: --out and --force do not go with it.");
        if (run != null && parsed.GetValue(_from) != null)
            throw new UsageException("--resume goes on from the run's own weights: --from does not go with it.");
        return run;
    }

    /// <summary>The model whose weights a new run starts from; null: none.</summary>
    /// <exception cref="GpuLstmException">It cannot be read.</exception>
    public Model? From(ParseResult parsed, Action<string> notice)
    {
        bool best = parsed.GetValue(_best);
        if (parsed.GetValue(_from) is not { } path)
            return best ? throw new UsageException("--best goes with --from RUN.") : null;
        Model model = ModelSource.Read(path, best, notice).Model;
        if (model.Reading is { } reading)
            throw new GpuLstmException(
                $"'{path}' {(reading.IsBackwards ? "reads sequences backwards" : "masks steps")}, which is "
                + "computed, but not trained: evaluate and predict take it.");
        return model.Network.Variant.GateSlope == 0 ? model : throw new GpuLstmException(
            $"'{path}' has hard sigmoid gates (recurrent_activation hard_sigmoid), which are computed, but not "
            + "trained: evaluate and predict take it.");
    }

    /// <summary>The settings of a new run; its device and data are still to be opened.</summary>
    /// <param name="from">What it starts from; null: initial weights of its own.</param>
    /// <exception cref="UsageException">A value is out of range.</exception>
    /// <param name="seed">Null: the command line's.</param>
    public RunSettings NewRun(ParseResult parsed, Model? from, ulong? seed)
    {
        Recipe recipe = _recipe.Get(parsed, from?.Recipe);
        DataOptions reading = _common.Read(parsed, new());
        return new()
        {
            Series = _series.Get(parsed), Columns = reading.Columns, Missing = reading.Missing,
                Prepare = reading.Prepare,
            Recipe = recipe, Seed = seed ?? parsed.GetValue(_common.Seed), From = parsed.GetValue(_from),
            Data = parsed.GetValue(_common.Data)!, DataSha256 = "",
            Split = parsed.GetValue(_common.Split) ?? recipe.Split, Limit = parsed.GetValue(_limit),
            Validation = parsed.GetValue(_validation),
            Selection = Selection(parsed, parsed.GetValue(_validation), new()),
            Device = parsed.GetValue(_common.Device)!, DeviceSettings = new Dictionary<string, string>(),
            Checkpoints = _survival.Get(parsed, new()),
        };
    }

    /// <summary>The settings once the data are known: sequences and series have default recipes of their own, and are
    /// neither moved nor made of pixels.</summary>
    /// <exception cref="UsageException">An option asks for what only images can have.</exception>
    public RunSettings For(ParseResult parsed, RunSettings settings, Dataset data, Model? from)
    {
        if (data.Train is ImageSamples)
        {
            CheckHead(parsed, data.Train.Head);
            return settings;
        }
        if (_recipe.GivenOfImages(parsed) is { } option)
            throw new UsageException($"{option} goes with images; these are sequences.");
        Recipe recipe = _recipe.Get(
            parsed, from?.Recipe, data.Train is WindowSamples ? Recipes.ForSeries : Recipes.ForSequences);
        CheckHead(parsed, data.Train.Head);
        return settings with
        {
            Recipe = recipe with { Augment = default, Mean = 0, Deviation = 1 },
            Series = settings.Series is { } series && data.Train is WindowSamples windows
                ? series.Resolved(windows.Data) : null,
        };
    }

    /// <summary>Refuses options that the answers have no use for.</summary>
    private static void CheckHead(ParseResult parsed, Head head)
    {
        string[] others = head switch
        {
            Head.Values => ["--label-smoothing", "--class-weights", "--bptt", "--monitor"],
            Head.StepClasses => ["--loss", "--huber-delta"],
            _ => ["--loss", "--huber-delta", "--bptt"],
        };
        string answers = head switch
        {
            Head.Values => "a number or several",
            Head.StepClasses => "a class at every step",
            _ => "one class of each sequence",
        };
        if (others.FirstOrDefault(name => (parsed.GetResult(name) as OptionResult)?.Implicit == false) is { } given)
            throw new UsageException(given == "--bptt"
                ? $"--bptt goes with a label at every step (--per-step): here {answers} is answered, at the end alone."
                : $"{given} says nothing here: what is answered is {answers}.");
    }

    /// <summary>The settings of a run that is resumed: the saved ones, but for where its data lie and how it is saved
    /// from now on.</summary>
    /// <exception cref="UsageException">An option would change what the run computes.</exception>
    public (RunSettings Settings, string? Change) ResumedRun(ParseResult parsed, Checkpoint checkpoint)
    {
        RunSettings saved = checkpoint.Settings;
        (Recipe recipe, IReadOnlyList<string> changes) = _recipe.Resumed(
            parsed, saved.Recipe, checkpoint.Position.Step, checkpoint.StepsPerEpoch);
        CheckUnchanged(parsed, _common.Seed, saved.Seed);
        CheckUnchanged(parsed, _common.Split, saved.Split);
        CheckUnchanged(parsed, _limit, saved.Limit);
        CheckUnchanged(parsed, _validation, saved.Validation);
        if ((_common.Reading.FirstOrDefault(option => parsed.IsGiven(option)) ?? _series.Given(parsed)) is { } reading)
            throw new UsageException(
                $"A run that is resumed reads its data as before: {reading.Name} does not go with --resume.");
        foreach (Option<int> option in new[] { _common.Threads, _common.VectorBits }) // the bits depend on them
            if (DeviceSetting(saved, option) is { } value)
                CheckUnchanged(parsed, option, value);
        if (SavedPrecision(saved) is { } precision)
            CheckUnchanged(parsed, _common.Precision, precision);
        string device = parsed.GetValue(_common.Device)!;
        if (parsed.IsGiven(_common.Device) && device != "auto" && Kind(device) != Kind(saved.Device))
            throw new UsageException(
                $"The run was made on --device {saved.Device}; a run that is resumed cannot change to {device}.");
        SelectionOptions selection = Selection(parsed, saved.Validation, saved.Selection);
        string? change = changes.Count > 0 ? changes[0] : selection != saved.Selection ? _patience.Name : null;
        string[] told =
            [.. changes.Select(name => $"{name} {(parsed.GetResult(name) as OptionResult)?.Tokens[0].Value}")];
        return (saved with
        {
            Recipe = recipe,
            Changes = told.Length == 0 ? saved.Changes
                : [.. saved.Changes, $"from step {checkpoint.Position.Step + 1}: {string.Join(", ", told)}"],
            Data = parsed.IsGiven(_common.Data) ? parsed.GetValue(_common.Data)! : saved.Data,
            Device = parsed.IsGiven(_common.Device) && device != "auto" ? device : saved.Device,
            Selection = selection, Checkpoints = _survival.Get(parsed, saved.Checkpoints),
        }, change);
    }

    /// <summary>Whether the command line names a value of the recipe.</summary>
    public bool ChangesRecipe(ParseResult parsed) => _recipe.IsAnyGiven(parsed);

    /// <summary>Opens the settings' device: as the command line has it, or as the run had it before.</summary>
    public Engine OpenDevice(ParseResult parsed, RunSettings settings) => CommonOptions.OpenDevice(settings.Device,
        DeviceSetting(settings, _common.Threads) ?? parsed.GetValue(_common.Threads),
        DeviceSetting(settings, _common.VectorBits) ?? parsed.GetValue(_common.VectorBits),
        SavedPrecision(settings) ?? parsed.GetValue(_common.Precision)!);

    /// <summary>Loads the settings' data.</summary>
    public static Dataset LoadData(RunSettings settings, Terminal terminal, CancellationToken cancel) =>
        CommonOptions.LoadData(
            new()
            {
                Spec = settings.Data, Seed = settings.Seed, Split = settings.Split, Limit = settings.Limit,
                Validation = settings.Validation, Columns = settings.Columns, Missing = settings.Missing,
                Prepare = settings.Prepare ?? InkChoice.None, Series = settings.Series,
            }, terminal, cancel);

    private SelectionOptions Selection(ParseResult parsed, string? validation, SelectionOptions saved)
    {
        bool hasPatience = parsed.IsGiven(_patience), hasMonitor = parsed.IsGiven(_monitor);
        if (validation == null && (hasPatience || hasMonitor))
            throw new UsageException($"{(hasPatience ? _patience.Name : _monitor.Name)} needs validation samples: "
                + "set some aside with --validation 10%.");
        if (parsed.GetValue(_patience) < 0)
            throw new UsageException($"--patience must be at least 0; it is {parsed.GetValue(_patience)}.");
        return new()
        {
            Patience = hasPatience ? parsed.GetValue(_patience) : saved.Patience,
            Monitor = hasMonitor ? parsed.GetValue(_monitor) : saved.Monitor,
        };
    }

    private static void CheckUnchanged<T>(ParseResult parsed, Option<T> option, T saved)
    {
        if (parsed.IsGiven(option) && !EqualityComparer<T>.Default.Equals(parsed.GetValue(option), saved))
            throw new UsageException((saved is null
                ? $"The run was made without {option.Name}; " : $"The run was made with {option.Name} {saved}; ")
                + "a run that is resumed cannot change it.");
    }

    /// <summary>A number that the run's device was opened with; null where the run or the device has none.</summary>
    private static int? DeviceSetting(RunSettings settings, Option option) =>
        settings.DeviceSettings.TryGetValue(option.Name.TrimStart('-').Replace('-', '_'), out string? value)
            ? int.Parse(value, CultureInfo.InvariantCulture) : null;

    private static string? SavedPrecision(RunSettings settings) =>
        settings.DeviceSettings.GetValueOrDefault("precision");

    private static string Kind(string device) => device.Split(':')[0];
}
