using System.CommandLine;
using System.Globalization;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The options by which a run survives: checkpoints, resuming, divergence.</summary>
public sealed class SurvivalOptions
{
    private const string Epoch = "epoch";

    private readonly Option<string> _every = new("--checkpoint-every")
    {
        Description = "Steps between checkpoints, or 'epoch'; 0: only when the run is stopped.",
        DefaultValueFactory = _ => Epoch, HelpName = "STEPS|EPOCH",
    };

    private readonly Option<int> _keep = new("--keep")
    {
        Description = "Checkpoints kept.", DefaultValueFactory = _ => 3, HelpName = "K",
    };

    private readonly Option<OnNan> _onNan = new("--on-nan")
    {
        Description = "When a gradient or the loss is not finite: stop, skip the update, or roll back to the last "
            + "checkpoint and halve the learning rate.",
        DefaultValueFactory = _ => OnNan.Stop, HelpName = "STOP|SKIP|ROLLBACK",
    };

    public Option<string?> Resume { get; } = new("--resume")
    {
        Description = "Go on with a run that was stopped or killed, in its folder.", HelpName = "RUN",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Resume, _every, _keep, _onNan })
            command.Options.Add(option);
    }

    /// <summary>What the command line asks for; where it says nothing, what <paramref name="saved"/> has.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public CheckpointOptions Get(ParseResult parsed, CheckpointOptions saved)
    {
        if (parsed.IsGiven(_every))
        {
            string every = parsed.GetValue(_every)!;
            bool epoch = every.Equals(Epoch, StringComparison.OrdinalIgnoreCase);
            if (!int.TryParse(every, NumberStyles.None, CultureInfo.InvariantCulture, out int steps) && !epoch)
                throw new UsageException($"--checkpoint-every must be a number of steps or 'epoch'; it is '{every}'.");
            saved = saved with { EveryEpoch = epoch, EverySteps = steps };
        }
        if (parsed.IsGiven(_keep))
            saved = saved with { Keep = parsed.GetValue(_keep) };
        if (saved.Keep < 1)
            throw new UsageException($"--keep must be at least 1; it is {saved.Keep}.");
        return parsed.IsGiven(_onNan) ? saved with { OnNan = parsed.GetValue(_onNan) } : saved;
    }
}
