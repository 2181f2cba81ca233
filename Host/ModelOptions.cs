using System.CommandLine;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The model that a command runs: one of ours, or with <c>--from</c> the weights of another
/// framework.</summary>
public sealed class ModelOptions
{
    private readonly Argument<string?> _model = new("MODEL|RUN")
    {
        Description = "A run folder, a model file or a checkpoint; another framework's file as --from reads it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _best = BestOption();

    private readonly Option<string?> _from = FromOption("Run");

    private readonly ScaleOptions _scale = new();

    private readonly Option<string?> _activation = ActivationOption();

    /// <summary>The option <c>--from</c>.</summary>
    /// <param name="verb">What becomes of the weights.</param>
    public static Option<string?> FromOption(string verb) => new("--from")
    {
        Description = $"{verb} the weights of a run, model or checkpoint, of a PyTorch nn.LSTM and nn.Linear "
            + "(pt, pth, safetensors, npz), of Keras (keras, h5, npz) or of an ONNX graph.",
        HelpName = "RUN|FILE",
    };

    /// <summary>The option <c>--recurrent-activation</c>.</summary>
    public static Option<string?> ActivationOption() => new("--recurrent-activation")
    {
        Description = "The gates of a Keras file of weights alone, which does not tell them: sigmoid, hard_sigmoid2 "
            + "(0.2 x + 0.5, Keras 1 and 2) or hard_sigmoid3 (x / 6 + 0.5, Keras 3).",
        HelpName = "NAME",
    };

    /// <summary>The option <c>--best</c>.</summary>
    public static Option<bool> BestOption() => new("--best")
    {
        Description = "The run's best model by its validation samples, not its last.",
    };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_model);
        foreach (Option option in new Option[] { _best, _from, _activation })
            command.Options.Add(option);
        _scale.AddTo(command);
    }

    /// <summary>Arguments that follow MODEL; with <c>--from</c> there is no MODEL before them.</summary>
    /// <exception cref="UsageException">No model is named.</exception>
    public string[] Following(ParseResult parsed, string[] arguments)
    {
        bool isImported = parsed.GetValue(_from) != null;
        string? first = isImported ? parsed.GetValue(_model) : Named(parsed);
        return isImported && first != null ? [first, .. arguments] : arguments;
    }

    /// <summary>Reads the model.</summary>
    /// <exception cref="UsageException">None is named, or a value is out of range.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read, or holds no network of ours.</exception>
    public NamedModel Read(ParseResult parsed, Terminal terminal)
    {
        string? from = parsed.GetValue(_from);
        NamedModel named = ModelSource.Read(
            from ?? Named(parsed), parsed.GetValue(_best), terminal.Notice, parsed.GetValue(_activation));
        return _scale.Apply(named, parsed, terminal.Notice);
    }

    private string Named(ParseResult parsed) => parsed.GetValue(_model)
        ?? throw new UsageException("Name a MODEL, or with --from a file of another framework.");
}

/// <summary>A model, and what messages call it.</summary>
/// <param name="Name">Its file.</param>
/// <param name="Root">The run folder that it lies in; null where it lies in none.</param>
public sealed record NamedModel(string Name, Model Model, string? Root)
{
    /// <summary>The model for samples: one of which nothing but its weights is known takes sequences as they
    /// are.</summary>
    public NamedModel For(Samples samples) => Model is not { IsGuessed: true, Features: null }
        || samples is not SequenceSamples ? this : this with
        {
            Model = Model with
            {
                Features = Features.AsTheyAre([.. Enumerable.Range(1, samples.InputSize).Select(i => $"feature {i}")]),
            },
        };

    /// <summary>The model for a data set, and the data with their labels in its order: one whose classes and steps are
    /// guesses takes the data's.</summary>
    /// <exception cref="GpuLstmException">The data have classes that it does not know, or rows of another
    /// size.</exception>
    public (NamedModel Model, Dataset Data) For(Dataset data)
    {
        data = Model.Fit(data, Name);
        return (!Model.IsGuessed ? this : this with
        {
            Model = Model with
            {
                Network = Model.Network with { TimeSteps = data.Test.TimeSteps }, Classes = data.Classes,
                Features = data.Features is { } own ? Features.AsTheyAre(own.Names) : null,
            },
        }, data);
    }
}
