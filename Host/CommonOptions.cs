using System.CommandLine;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;

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
            "auto (MNIST where it is found or can be downloaded, else strokes), mnist, mnist:DIR, strokes, folder:DIR.",
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
        command.Options.Add(Data);
        command.Options.Add(Split);
        command.Options.Add(Seed);
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
        CancellationToken cancel) => LoadData(new()
    {
        Spec = parsed.GetValue(Data)!, Seed = parsed.GetValue(Seed), Split = parsed.GetValue(Split) ?? split,
        Limit = limit,
    }, terminal, cancel);

    /// <summary>Loads the data set, telling on <paramref name="terminal"/> what happens.</summary>
    public static Dataset LoadData(DataOptions options, Terminal terminal, CancellationToken cancel)
    {
        using var progress = new DataProgress(terminal);
        return DatasetLoader.Load(options, progress, cancel);
    }
}
