using System.CommandLine;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary><c>--mean</c> and <c>--std</c>: how the inputs of another framework's model were normalised, which its file does
/// not tell.</summary>
public sealed class ScaleOptions
{
    private readonly Option<float?> _mean = new("--mean")
    {
        Description = "What is subtracted from pixels in 0..1, where a model of another framework is read.", HelpName = "M",
    };

    private readonly Option<float?> _deviation = new("--std")
    {
        Description = "What divides pixels after the mean is subtracted.", HelpName = "S",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_mean);
        command.Options.Add(_deviation);
    }

    /// <summary>The model with what is given; where nothing is and nothing tells it, the user hears what is taken.</summary>
    /// <exception cref="UsageException">The model knows its own, or a value is out of range.</exception>
    public NamedModel Apply(NamedModel named, ParseResult parsed, Action<string> notice)
    {
        (float? mean, float? deviation) = (parsed.GetValue(_mean), parsed.GetValue(_deviation));
        bool isForeign = named.Model is { IsGuessed: true, Data: null };
        if (mean == null && deviation == null)
        {
            if (isForeign)
                notice($"'{named.Name}' does not say how its inputs were normalised: pixels are taken as 0..1, which --mean "
                    + "and --std change, and sequences as they are.");
            return named;
        }
        if (!isForeign)
            throw new UsageException($"--mean and --std go with models of other frameworks; '{named.Name}' knows its own.");
        Recipe recipe = named.Model.Recipe;
        recipe = recipe with { Mean = mean ?? recipe.Mean, Deviation = deviation ?? recipe.Deviation };
        return named with { Model = named.Model with { Recipe = recipe.Checked() } };
    }
}
