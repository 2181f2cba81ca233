using System.CommandLine;
using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>A recipe's name, and an option for each of its values.</summary>
public sealed class RecipeOptions
{
    private readonly Option<string> _recipe = new("--recipe")
    {
        Description = "A recipe listed by 'gpulstm recipes'; of sequences the default is sequence.",
        DefaultValueFactory = _ => Recipes.Default,
        HelpName = "NAME",
    };

    /// <summary>What a run can change on the way: what its network, its data and Adam's moments do not depend
    /// on.</summary>
    private static readonly string[] s_changeable =
    [
        "--epochs", "--lr", "--schedule", "--step-epochs", "--gamma", "--plateau-patience", "--warmup", "--clip",
        "--clip-value", "--weight-decay", "--label-smoothing", "--augment",
        "--log-every", "--evaluate-every", "--evaluate-first",
    ];

    private static readonly string[] s_ofImages = ["--mean", "--std", "--augment"];

    private readonly List<(Option Option, Func<ParseResult, Recipe, Recipe> Apply)> _overrides = [];

    public RecipeOptions()
    {
        Add<int>("--epochs", "Passes over the training data.", (r, v) => r with { Epochs = v });
        Add<int>("--batch", "Samples per step.", (r, v) => r with { Batch = v });
        Add<float>("--lr", "The learning rate.", (r, v) => r with { LearningRate = v });
        Add<OptimizerKind>("--optimizer", "adamw (without --weight-decay the same as adam), adam, sgd or rmsprop.",
            (r, v) => r with { Optimizer = v });
        Add<float>("--momentum", "Momentum of sgd or rmsprop.", (r, v) => r with { Momentum = v });
        Add<bool>("--nesterov", "Nesterov's momentum, of sgd.", (r, v) => r with { Nesterov = v });
        Add<float>("--alpha", "Decay of rmsprop's mean square.", (r, v) => r with { Alpha = v });
        Add<string>("--hidden", "Units of each LSTM layer: one number, or one per layer as in 128,64.", (r, v) =>
            Hidden(r, LayerWidths.Parse(v)));
        Add<int>("--layers", "LSTM layers.", (r, v) => r with { Layers = v });
        Add<bool>("--bidirectional", "Each layer reads the sequence in both directions.", (r, v) =>
            r with { Variant = r.Variant with { Bidirectional = v } });
        Add<float>("--dropout", "Probability that a value between two LSTM layers is dropped in training.", (r, v) =>
            r with { Variant = r.Variant with { Dropout = v } });
        Add<float>("--recurrent-dropout",
            "Probability that a value of h is dropped on its way to the next step, for a whole sequence.", (r, v) =>
            r with { Variant = r.Variant with { RecurrentDropout = v } });
        Add<float>("--zoneout-h", "Probability that a value of h stays as it is in a step.", (r, v) =>
            r with { Variant = r.Variant with { ZoneoutHidden = v } });
        Add<float>("--zoneout-c", "Probability that a value of the cell stays as it is in a step.", (r, v) =>
            r with { Variant = r.Variant with { ZoneoutCell = v } });
        Add<int>("--projection", "Size that h is projected to; 0: not projected.", (r, v) =>
            r with { Variant = r.Variant with { Projection = v } });
        Add<bool>("--layer-norm", "Layer norm of the gates' inputs and of the cell.", (r, v) =>
            r with { Variant = r.Variant with { LayerNorm = v } });
        Add<float>("--forget-bias", "What the forget gates' biases start at.", (r, v) => r with { ForgetBias = v });
        Add<int>("--pre", "Outputs of a Linear layer on each row before the LSTM; 0: none.", (r, v) =>
            r with { PreLinear = v });
        Add<Initialisation>("--init", "Initial weights as pytorch or keras draws them.", (r, v) =>
            r with { Initialisation = v });
        Add<LearningRateSchedule>("--schedule", "constant; cosine, down to zero; step, every --step-epochs; "
            + "exponential; plateau, when the loss stays; onecycle.", (r, v) => r with { Schedule = v });
        Add<int>("--step-epochs", "Epochs between the drops of --schedule step.", (r, v) =>
            r with { StepEpochs = v });
        Add<float>("--gamma", "What --schedule step, exponential or plateau multiplies the rate by.", (r, v) =>
            r with { Gamma = v });
        Add<int>("--plateau-patience", "Epochs that --schedule plateau waits for a lower loss.", (r, v) =>
            r with { PlateauPatience = v });
        Add<int>("--warmup", "Steps over which the learning rate rises first.", (r, v) => r with { WarmupSteps = v });
        Add<float>("--clip", "Largest global gradient norm; 0: no clipping.", (r, v) => r with { ClipNorm = v });
        Add<float>("--clip-value", "Largest magnitude of a single gradient; 0: no clipping.", (r, v) =>
            r with { ClipValue = v });
        Add<float>("--weight-decay", "Weight decay: of the weights with adamw, else part of the gradients.",
            (r, v) => r with { WeightDecay = v });
        Add<float>("--label-smoothing", "Probability spread over all classes.", (r, v) =>
            r with { LabelSmoothing = v });
        Add<string>("--class-weights", "What losses are multiplied by: balanced, or by class, name=weight,...",
            (r, v) => r with { ClassWeights = v });
        Add<ValueLossKind>("--loss", "What answers that are numbers lose by their errors: squared, absolute, or "
            + "Huber's.",
            (r, v) => r with { Loss = v });
        Add<float>("--huber-delta", "Where Huber's loss turns linear, in deviations of the targets.", (r, v) =>
            r with { HuberDelta = v });
        Add<int>("--bptt", "With labels at every step: steps that gradients go back through; longer sequences are "
            + "read in "
            + "pieces, with the state carried on. 0: all.", (r, v) => r with { Bptt = v });
        Add<float>("--beta1", "Adam's decay of the first moment.", (r, v) => r with { Beta1 = v });
        Add<float>("--beta2", "Adam's decay of the second moment.", (r, v) => r with { Beta2 = v });
        Add<float>("--eps", "Adam's epsilon.", (r, v) => r with { Epsilon = v });
        Add<float>("--mean", "Subtracted from pixels in 0..1.", (r, v) => r with { Mean = v });
        Add<float>("--std", "Divides pixels after the mean is subtracted.", (r, v) => r with { Deviation = v });
        Add<string>("--augment", $"How far training images are moved at random: {AugmentationText.Syntax}.",
            (r, v) => r with { Augment = AugmentationText.Parse(v) });
        Add<int>("--log-every", "Steps between logged losses.", (r, v) => r with { LogEvery = v });
        Add<int>("--evaluate-every", "Steps between evaluations within an epoch; 0: none.", (r, v) =>
            r with { EvaluateEvery = v });
        Add<int>("--evaluate-first", "Test samples that those use; 0: all.", (r, v) => r with { EvaluateFirst = v });
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_recipe);
        foreach ((Option option, _) in _overrides)
            command.Options.Add(option);
    }

    /// <summary>The recipe with what the command line changes.</summary>
    /// <param name="from">The model that training starts from, whose layers and normalisation of inputs the recipe
    /// follows; null: none.</param>
    /// <exception cref="UsageException">There is no such recipe, a value is out of range, or an option asks for other
    /// layers than <paramref name="from"/> has.</exception>
    /// <param name="otherwise">The recipe where the command line names none; null: the usual one.</param>
    public Recipe Get(ParseResult parsed, Recipe? from = null, string? otherwise = null)
    {
        Recipe recipe = Recipes.Find(
            otherwise != null && !parsed.IsGiven(_recipe) ? otherwise : parsed.GetValue(_recipe)!);
        if (from != null)
            recipe = ModelImport.Follow(recipe, from);
        foreach ((Option option, Func<ParseResult, Recipe, Recipe> apply) in _overrides)
            if (parsed.IsGiven(option))
            {
                Recipe changed = apply(parsed, recipe);
                if (from != null && !changed.HasParametersOf(recipe))
                    throw new UsageException(
                        $"With --from the file decides the layers: another {option.Name} does not go with it.");
                recipe = changed;
            }
        return recipe.Checked();
    }

    /// <summary>A run's recipe with what the command line changes from a step on, and the options that do.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="stepsPerEpoch">Training steps of an epoch.</param>
    /// <exception cref="UsageException">A change is not possible on the way, or leaves the learning rate
    /// undefined.</exception>
    public (Recipe Recipe, IReadOnlyList<string> Changes) Resumed(
        ParseResult parsed, Recipe saved, long step, int stepsPerEpoch)
    {
        if (parsed.IsGiven(_recipe) && parsed.GetValue(_recipe) != saved.Name)
            throw new UsageException(
                $"The run was made with --recipe {saved.Name}; a run that is resumed cannot change it.");
        Recipe recipe = saved;
        List<string> changes = [];
        foreach ((Option option, Func<ParseResult, Recipe, Recipe> apply) in _overrides)
        {
            if (!parsed.IsGiven(option) || apply(parsed, recipe) == recipe)
                continue;
            if (!s_changeable.Contains(option.Name))
                throw new UsageException($"The run was made with another {option.Name}; a run that is resumed cannot "
                    + $"change it: only {string.Join(", ", s_changeable)} can change on the way.");
            recipe = apply(parsed, recipe);
            changes.Add(option.Name);
        }
        if (recipe.Epochs < saved.Epochs && (long)recipe.Epochs * stepsPerEpoch < step)
            throw new UsageException(
                $"The run has done {step / stepsPerEpoch} epochs; --epochs cannot take them back.");
        if (changes.Contains("--schedule") || changes.Contains("--warmup"))
            recipe = recipe with { ScheduleFrom = step };
        else if (changes.Contains("--epochs") && saved.EndsWithItsSchedule)
            throw new UsageException($"The run's {saved.Schedule.ToString().ToLowerInvariant()} schedule ends with its "
                + $"epoch {saved.Epochs}: say how the learning rate goes on, as in --schedule constant --lr 0.001.");
        return (recipe.Checked(), changes);
    }

    /// <summary>The first option on the command line that only images can have; null: none.</summary>
    public string? GivenOfImages(ParseResult parsed) => _overrides.Select(one => one.Option)
        .FirstOrDefault(option => s_ofImages.Contains(option.Name) && parsed.IsGiven(option))?.Name;

    /// <summary>Whether the command line names a value.</summary>
    public bool IsAnyGiven(ParseResult parsed) =>
        _overrides.Exists(one => parsed.IsGiven(one.Option));

    private static Recipe Hidden(Recipe recipe, LayerWidths widths) =>
        recipe with { Hidden = widths, Layers = widths.Count > 1 ? widths.Count : recipe.Layers };

    private void Add<T>(string name, string description, Func<Recipe, T, Recipe> apply)
    {
        var option = new Option<T>(name) { Description = description };
        if (typeof(T).IsEnum)
            option.HelpName = string.Join('|', Enum.GetNames(typeof(T)).Select(n => n.ToUpperInvariant()));
        _overrides.Add((option, (parsed, recipe) => apply(recipe, parsed.GetValue(option)!)));
    }
}
