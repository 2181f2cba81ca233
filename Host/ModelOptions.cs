using System.CommandLine;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The model that a command runs: one of ours, or with <c>--from</c> the weights of another
/// framework.</summary>
public sealed class ModelOptions
{
    private readonly Argument<string?> _model = new("MODEL")
    {
        Description = "A model.safetensors file, or a run folder.", Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _from = FromOption("Run");

    private readonly Option<float?> _mean = new("--mean")
    {
        Description = "With --from: what is subtracted from pixels in 0..1.", HelpName = "M",
    };

    private readonly Option<float?> _deviation = new("--std")
    {
        Description = "With --from: what divides pixels after the mean is subtracted.", HelpName = "S",
    };

    /// <summary>The option <c>--from</c>.</summary>
    /// <param name="verb">What becomes of the weights.</param>
    public static Option<string?> FromOption(string verb) => new("--from")
    {
        Description = $"{verb} the weights of a PyTorch nn.LSTM and nn.Linear (safetensors, npz) or of Keras (npz).",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_model);
        foreach (Option option in new Option[] { _from, _mean, _deviation })
            command.Options.Add(option);
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
    public NamedModel Read(ParseResult parsed)
    {
        (float? mean, float? deviation) = (parsed.GetValue(_mean), parsed.GetValue(_deviation));
        if (parsed.GetValue(_from) is not { } from)
        {
            if ((mean ?? deviation) != null)
                throw new UsageException("--mean and --std go with --from: a MODEL knows its own.");
            string path = RunFolder.ModelIn(Named(parsed));
            return new(path, Model.Load(path));
        }
        Model model = ModelImport.Read(from);
        Recipe recipe = model.Recipe;
        Recipe given = recipe with { Mean = mean ?? recipe.Mean, Deviation = deviation ?? recipe.Deviation };
        return new(from, model with { Recipe = given == recipe ? recipe : given.Checked() }, IsImported: true);
    }

    private string Named(ParseResult parsed) => parsed.GetValue(_model)
        ?? throw new UsageException("Name a MODEL, or with --from a file of another framework.");
}

/// <summary>A model, and what messages call it.</summary>
/// <param name="Name">Its file.</param>
/// <param name="IsImported">Whether the length of its sequences and its classes' names are guesses where nothing tells
/// them.</param>
public sealed record NamedModel(string Name, Model Model, bool IsImported = false)
{
    /// <summary>The model for a data set: an imported one takes sequences of any length.</summary>
    public NamedModel For(Dataset data) => !IsImported ? this : this with
    {
        Model = Model with
        {
            Network = Model.Network with { TimeSteps = data.Test.TimeSteps },
            Classes = data.Classes.Count == Model.Classes.Count ? data.Classes : Model.Classes,
        },
    };
}
