using System.CommandLine;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Comparison;
using Spectre.Console;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm compare</c>: the same training on every accelerator present.</summary>
public sealed class CompareCommand
{
    private const string FileName = "compare.svg";

    private readonly RecipeOptions _recipe = new();
    private readonly CommonOptions _common = new();

    private readonly Option<string?> _devices = new("--devices")
    {
        Description = "Devices, as 'gpulstm devices' lists them; the others are compared with the first. "
            + "All that are present when left out.",
        HelpName = "ID,ID...",
    };

    private readonly Option<int> _steps = new("--steps")
    {
        Description = "Training steps on each device.", DefaultValueFactory = _ => 200, HelpName = "N",
    };

    private readonly Option<int?> _limit = new("--limit")
    {
        Description = "Train on the first N samples only.", HelpName = "N",
    };

    private readonly Option<string?> _out = new("--out")
    {
        Description = $"A folder to write {FileName} into, or a file, which must not exist; comparisons/date-time when "
            + "left out.",
        HelpName = "DIR|FILE.svg|png|pdf",
    };

    private readonly PictureOptions _pictures = new();

    private readonly Option<bool> _profile = new("--profile")
    {
        Description = "Also the time of each kernel, on devices that can tell.",
    };

    public static Command Create()
    {
        var command = new Command(
            "compare", "Trains a recipe from one seed on several devices, and shows speed and differences.");
        var options = new CompareCommand();
        command.Options.Add(options._devices);
        options._recipe.AddTo(command);
        options._common.AddDataTo(command);
        foreach (Option option in new Option[]
        {
            options._steps, options._limit, options._out, options._profile, options._common.Threads,
            options._common.VectorBits, options._common.Json,
        })
            command.Options.Add(option);
        options._pictures.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(options.Run(parsed, cancel)));
        return HelpWithExamples.WithExamples(command, """
            gpulstm compare
            gpulstm compare --devices cpu,opencl --recipe lstm64 --data strokes
            gpulstm compare --steps 50 --out plots/compare.svg --json
            """);
    }

    private int Run(ParseResult parsed, CancellationToken cancel)
    {
        Recipe recipe = _recipe.Get(parsed);
        int steps = parsed.GetValue(_steps);
        (int fewest, int most) = (AcceleratorComparison.FewestSteps, AcceleratorComparison.MostSteps);
        if (steps < fewest || steps > most)
            throw new UsageException($"--steps must be at least {fewest} and at most {most}; it is {steps}.");
        var terminal = new Terminal(parsed.GetValue(_common.Json));
        string file = NewFile(parsed.GetValue(_out) ?? RunFolder.NewPath("comparisons"));
        IReadOnlyList<Engine> devices = Open(parsed, terminal);
        try
        {
            Dataset data = _common.LoadData(parsed, terminal, recipe.Split, parsed.GetValue(_limit), cancel);
            var comparison = new AcceleratorComparison(recipe, data, parsed.GetValue(_common.Seed), steps);
            foreach (Engine device in devices)
                try
                {
                    Measure(terminal, comparison, device, cancel);
                }
                catch (DeviceException e) when (!AreNamed(parsed))
                {
                    LeaveOut(terminal, device.Id, e);
                }
            if (comparison.Measured.Count == 0)
                throw new DeviceException($"No device here can train {recipe.Name}.");
            Show(terminal, comparison, file, parsed);
            return CommandLine.Done;
        }
        finally
        {
            foreach (Engine device in devices)
                device.Dispose();
        }
    }

    /// <summary>Those that the command line names, or all that are present and can be opened; all of them before the
    /// work begins, so that a wrong name costs no time.</summary>
    private List<Engine> Open(ParseResult parsed, Terminal terminal)
    {
        string? list = parsed.GetValue(_devices);
        string[] ids = list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? [.. EngineFactory.List().Select(device => device.Id)];
        if (ids.Length == 0)
            throw new UsageException("--devices names no device.");
        if (ids.Distinct().Count() < ids.Length)
            throw new UsageException($"--devices names a device twice: {list}.");
        List<Engine> devices = [];
        foreach (string id in ids)
            try
            {
                devices.Add(EngineFactory.Open(
                    id, parsed.GetValue(_common.Threads), parsed.GetValue(_common.VectorBits),
                    profile: parsed.GetValue(_profile)));
            }
            catch (DeviceException e) when (!AreNamed(parsed))
            {
                LeaveOut(terminal, id, e);
            }
        return devices;
    }

    /// <summary>Whether the user asks for these devices, so that none may be left out.</summary>
    private bool AreNamed(ParseResult parsed) => parsed.GetValue(_devices) != null;

    private static void LeaveOut(Terminal terminal, string id, DeviceException why) =>
        terminal.Notice($"{id} is left out: {why.Message}");

    private void Show(Terminal terminal, AcceleratorComparison comparison, string file, ParseResult parsed)
    {
        ComparisonOutput.WriteTable(terminal, comparison);
        if (Path.GetDirectoryName(file) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        _pictures.Write(parsed, file, ComparisonOutput.Draw(comparison));
        terminal.Line($"Plot: {file}");
        if (parsed.GetValue(_common.Json))
            ComparisonOutput.WriteJson(comparison);
    }

    private static void Measure(
        Terminal terminal, AcceleratorComparison comparison, Engine device, CancellationToken cancel)
    {
        if (terminal.Live)
            terminal.Console.Progress().AutoClear(true).Start(context =>
                comparison.Measure(device, new Bar(context.AddTask(Markup.Escape(device.Id), maxValue: 1)), cancel));
        else
        {
            terminal.Line($"{comparison.Steps} steps on {device.Id} ({device.Name}) ...");
            comparison.Measure(device, null, cancel);
        }
    }

    /// <summary>The picture's file, which does not exist yet.</summary>
    private static string NewFile(string path)
    {
        string file = PictureFile.HasFormat(path) ? path : Path.Combine(path, FileName);
        return File.Exists(file) ? throw new UsageException($"'{file}' exists; --out takes another name.") : file;
    }

    private sealed class Bar(ProgressTask task) : IProgress<double>
    {
        public void Report(double value) => task.Value = value;
    }
}
