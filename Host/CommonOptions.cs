using System.CommandLine;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Files;

namespace GpuLstm.Host;

/// <summary>Options that several commands share, each with one meaning.</summary>
public sealed class CommonOptions
{
    public Option<string> Device { get; } = new("--device")
    {
        Description = $"Device to run on: {EngineFactory.Names}.", DefaultValueFactory = _ => "auto",
        HelpName = "DEVICE",
    };

    public Option<int> Threads { get; } = new("--threads") { Description =
        "Threads of the cpu device; 0: one per processor.", HelpName = "N" };

    public Option<int> VectorBits { get; } = new("--vector-bits")
    {
        Description = "Vector width of the cpu device: 128, 256 or 512; 0: the widest it has.", HelpName = "BITS",
    };

    public Option<string> Precision { get; } = new("--precision")
    {
        Description =
            $"What products round their factors to: {PrecisionNames.All}. The latter two on CUDA from sm_80 on.",
        DefaultValueFactory = _ => "f32", HelpName = "PRECISION",
    };

    public Option<string> Data { get; } = new("--data")
    {
        Description =
            "auto (MNIST where it is found or can be downloaded, else strokes), mnist, strokes, or your own: a file of "
            + "sequences or images (.ts, .tsv, .csv, .npz), a pair of such by the name they share, a folder of IDX "
            + "files or of one folder of images per class; folder:DIR, and mnist, fashion-mnist, kmnist, qmnist or "
            + "emnist:DIR say what a folder holds.",
        DefaultValueFactory = _ => "auto", HelpName = "DATA",
    };

    public Option<ulong> Seed { get; } = new("--seed")
    {
        Description = "Decides initial weights, the order of samples, splits and drawn data.",
        DefaultValueFactory = _ => 1, HelpName = "N",
    };

    public Option<string?> Split { get; } = new("--split")
    {
        Description = "Pools the data and splits it, e.g. 8:2, stratified by class.", HelpName = "A:B",
    };

    private readonly Option<string?> _label = new("--label")
    {
        Description = "The column of a table with the class: its name, or its number where there is no header.",
        HelpName = "COLUMN",
    };

    private readonly Option<string?> _sequence = new("--sequence")
    {
        Description = "A table of one row per step: the column that tells its sequences apart.", HelpName = "COLUMN",
    };

    private readonly Option<string?> _time = new("--time")
    {
        Description = "With --sequence or --series: the column that sorts the rows, a number or a date.",
        HelpName = "COLUMN",
    };

    private readonly Option<string?> _target = new("--target")
    {
        Description = "Numbers to answer of each sequence, in place of a class: columns of a table, or arrays of an "
            + ".npz "
            + "file.", HelpName = "COLUMN,...",
    };

    private readonly Option<bool> _perStep = new("--per-step")
    {
        Description = "With --sequence: --label has a class for each step.",
    };

    private readonly Option<string> _missing = new("--missing")
    {
        Description = "Missing values of sequences: forward fills each with the one before it, refuse does not.",
        DefaultValueFactory = _ => "forward", HelpName = "FORWARD|REFUSE",
    };

    private readonly Option<string> _prepare = new("--prepare")
    {
        Description = "Images of a folder: ink takes what is written on an even ground, as MNIST has it, none only "
            + "scales, auto chooses.",
        DefaultValueFactory = _ => InkChoice.Auto, HelpName = "AUTO|INK|NONE",
    };

    /// <summary>What decides how data are read, in the order of the help.</summary>
    public IReadOnlyList<Option> Reading => [_label, _target, _perStep, _sequence, _time, _missing, _prepare];

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Print JSON, and nothing else, on standard output.",
    };

    public void AddDeviceTo(Command command)
    {
        command.Options.Add(Device);
        command.Options.Add(Threads);
        command.Options.Add(VectorBits);
        command.Options.Add(Precision);
    }

    public void AddDataTo(Command command)
    {
        foreach (Option option in (IEnumerable<Option>)[Data, .. Reading, Split, Seed])
            command.Options.Add(option);
    }

    /// <summary>The options with what the command line says of how data are read.</summary>
    /// <param name="model">What the model's own data were read by, where the command line says nothing.</param>
    public DataOptions Read(ParseResult parsed, DataOptions options, DataStatement? model = null)
    {
        TableColumns columns = model?.Columns ?? new();
        return options with
        {
            Columns = new(parsed.GetValue(_label) ?? columns.Label, parsed.GetValue(_sequence) ?? columns.Sequence,
                parsed.GetValue(_time) ?? columns.Time)
            {
                MayLackLabel = parsed.GetValue(_label) is null && parsed.GetValue(_target) is null,
                Targets = parsed.GetValue(_target)?.Split(
                    ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? columns.Targets,
                PerStep = parsed.GetValue(_perStep) || columns.PerStep,
            },
            Series = model?.Series ?? options.Series,
            Missing = parsed.IsGiven(_missing) || model is null ? parsed.GetValue(_missing)! : model.Missing,
            Prepare = parsed.IsGiven(_prepare) || model is null ? parsed.GetValue(_prepare)!
                : model.Prepare ?? InkChoice.None,
        };
    }

    /// <param name="profile">Whether kernels can be timed.</param>
    public Engine OpenDevice(ParseResult parsed, bool profile = false) =>
        OpenDevice(parsed.GetValue(Device)!, parsed.GetValue(Threads), parsed.GetValue(VectorBits),
            parsed.GetValue(Precision)!, profile);

    /// <summary>Opens a device, and says on standard error which better one was passed by.</summary>
    public static Engine OpenDevice(
        string id, int threads, int vectorBits, string precision, bool profile = false) =>
        EngineFactory.Open(
            id, threads, vectorBits, notice => Console.Error.WriteLine($"gpulstm: {notice}"),
            PrecisionNames.Parse(precision), profile);

    /// <summary>Loads the data set, telling on <paramref name="terminal"/> what happens.</summary>
    /// <param name="split">The recipe's own split, when the command line gives none.</param>
    public Dataset LoadData(ParseResult parsed, Terminal terminal, string? split, int? limit,
        CancellationToken cancel) => LoadData(Read(parsed, new()
    {
        Spec = parsed.GetValue(Data)!, Seed = parsed.GetValue(Seed), Split = parsed.GetValue(Split) ?? split,
        Limit = limit,
    }), terminal, cancel);

    /// <summary>Loads the data set, telling on <paramref name="terminal"/> what happens.</summary>
    public static Dataset LoadData(DataOptions options, Terminal terminal, CancellationToken cancel)
    {
        using var progress = new DataProgress(terminal);
        return DatasetLoader.Load(options, progress, cancel);
    }
}
