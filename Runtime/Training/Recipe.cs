using System.Globalization;
using System.Text.Json.Serialization;
using GpuLstm.Kernels;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>How the learning rate moves over the training steps.</summary>
public enum LearningRateSchedule
{
    Constant,

    /// <summary>Half a cosine from the full rate to zero at the last step (Loshchilov and Hutter 2017, equation 5, one
    /// cycle).</summary>
    Cosine,

    /// <summary>Multiplied by a factor every so many epochs, as torch.optim's StepLR.</summary>
    Step,

    /// <summary>Multiplied by a factor after each epoch, as torch.optim's ExponentialLR.</summary>
    Exponential,

    /// <summary>Multiplied by a factor when the loss has not fallen for some epochs, as torch.optim's
    /// ReduceLROnPlateau: that of the validation samples, or of training where there are none.</summary>
    Plateau,

    /// <summary>Up from a twenty-fifth of the rate to the whole over 30 % of the steps, then down to a ten-thousandth
    /// of where it began, by half cosines (Smith and Topin 2018), as torch.optim's OneCycleLR.</summary>
    OneCycle,
}

/// <summary>Everything that decides a training run but the data and the seed: what a model file carries in its
/// metadata.</summary>
public sealed record Recipe
{
    public required string Name { get; init; }
    public string Description { get; init; } = "";

    /// <summary>Outputs of a Linear layer on each time step before the LSTM; 0: none.</summary>
    public int PreLinear { get; init; }
    public required LayerWidths Hidden { get; init; }
    public int Layers { get; init; } = 1;
    public LstmVariant Variant { get; init; } = new();
    public Initialisation Initialisation { get; init; } = Initialisation.PyTorch;

    /// <summary>What the forget gates' biases start at; null: what <see cref="Initialisation"/> says.</summary>
    public float? ForgetBias { get; init; }

    public required int Batch { get; init; }
    public required int Epochs { get; init; }
    public required float LearningRate { get; init; }
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <summary>Of SGD and RMSprop.</summary>
    public float Momentum { get; init; }

    /// <summary>Whether SGD's momentum is Nesterov's.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Decay of RMSprop's mean square.</summary>
    public float Alpha { get; init; } = 0.99f;
    public float Beta1 { get; init; } = 0.9f;
    public float Beta2 { get; init; } = 0.999f;
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Of the weights themselves with AdamW, else as a part of the gradient (L2).</summary>
    public float WeightDecay { get; init; }

    /// <summary>Largest global norm of the gradients; 0: no clipping.</summary>
    public float ClipNorm { get; init; }

    /// <summary>Largest magnitude of a single gradient; 0: no clipping.</summary>
    public float ClipValue { get; init; }
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>The step at which the schedule begins: that at which a resumed run got another.</summary>
    public long ScheduleFrom { get; init; }

    /// <summary>Whether the schedule leads to the last step, and says nothing of what would follow.</summary>
    [JsonIgnore]
    public bool EndsWithItsSchedule => Schedule is LearningRateSchedule.Cosine or LearningRateSchedule.OneCycle;

    /// <summary>Epochs between the drops of a step schedule.</summary>
    public int StepEpochs { get; init; } = 10;

    /// <summary>What a step, exponential or plateau schedule multiplies the rate by; 0: 0.1, for exponential
    /// 0.95.</summary>
    public float Gamma { get; init; }

    /// <summary>Epochs without a lower loss that a plateau schedule waits.</summary>
    public int PlateauPatience { get; init; } = 10;

    /// <summary><see cref="Gamma"/>, or the schedule's own.</summary>
    [JsonIgnore]
    public float Factor => Gamma > 0 ? Gamma : Schedule == LearningRateSchedule.Exponential ? 0.95f : 0.1f;

    /// <summary>What the update's kernels need.</summary>
    [JsonIgnore]
    public OptimizerSettings OptimizerSettings
    {
        get
        {
            bool isAdam = Optimizer is OptimizerKind.Adam or OptimizerKind.AdamW;
            return new()
            {
                Kind = Optimizer, Beta1 = isAdam ? Beta1 : Momentum, Beta2 = isAdam ? Beta2 : Alpha, Epsilon = Epsilon,
                WeightDecay = WeightDecay, Nesterov = Nesterov ? 1 : 0, MaxNorm = ClipNorm, MaxValue = ClipValue,
            };
        }
    }

    /// <summary>Steps over which the learning rate first rises linearly from zero.</summary>
    public int WarmupSteps { get; init; }
    public float LabelSmoothing { get; init; }

    /// <summary>What an answer that is a number loses by its error.</summary>
    public ValueLossKind Loss { get; init; }

    /// <summary>Of Huber's loss, in deviations of the targets.</summary>
    public float HuberDelta { get; init; } = 1;

    /// <summary>Steps of a sequence that gradients go back through: longer ones are read in pieces of so many, each a
    /// training step that begins with the state that the one before ended with (truncated backpropagation through time,
    /// Williams and Peng 1990). 0: through all.</summary>
    public int Bptt { get; init; }

    /// <summary>See <see cref="Training.ClassWeights"/>; null: all classes weigh alike.</summary>
    public string? ClassWeights { get; init; }

    /// <summary>Inputs are (pixel / 255 - Mean) / Deviation.</summary>
    public float Mean { get; init; }
    public float Deviation { get; init; } = 1;

    /// <summary>How far training images are moved at random, anew in each epoch.</summary>
    public Augmentation Augment { get; init; }

    /// <summary>Pools the data and splits it again, as in 8:2; null keeps the set's own division.</summary>
    public string? Split { get; init; }

    /// <summary>Steps between logged losses.</summary>
    public int LogEvery { get; init; } = 50;

    /// <summary>Steps between evaluations within an epoch; 0: only after each epoch.</summary>
    public int EvaluateEvery { get; init; }

    /// <summary>Test samples that those evaluations use, the first so many; 0: none.</summary>
    public int EvaluateFirst { get; init; }

    /// <summary>The network for sequences of T steps of I values and C classes, or M values.</summary>
    public NetworkSpec Network(int timeSteps, int inputSize, int outputs, Head head = Head.Class) =>
        new(timeSteps, inputSize, PreLinear, Hidden, Layers, outputs, Initialisation == Initialisation.PyTorch ? 2 : 1)
        {
            Variant = Variant, Head = head,
        };

    /// <summary>The network for samples.</summary>
    /// <param name="classes">Where classes are answered.</param>
    public NetworkSpec Network(Samples samples, int classes) => Network(samples.TimeSteps, samples.InputSize,
        samples.Head == Head.Values ? samples.AnswerSize : classes, samples.Head);

    /// <summary>Steps of a piece of sequences of T steps.</summary>
    public int PieceSteps(int timeSteps, Head head) =>
        Bptt > 0 && head == Head.StepClasses ? Math.Min(Bptt, timeSteps) : timeSteps;

    /// <summary>Training steps of an epoch.</summary>
    public int StepsPerEpoch(int samples, int timeSteps, Head head)
    {
        int batch = Math.Min(Batch, samples), piece = PieceSteps(timeSteps, head);
        return (samples + batch - 1) / batch * ((timeSteps + piece - 1) / piece);
    }

    /// <summary>How values become inputs.</summary>
    /// <param name="features">Of sequences; null: they are pixels.</param>
    /// <param name="targets">Of the numbers that are answered; null: none are.</param>
    public InputScale Scale(Features? features, Features? targets = null) => new(Mean, Deviation, features, targets);

    /// <summary>Whether two recipes' networks have the same parameters.</summary>
    public bool HasParametersOf(Recipe other)
    {
        IEnumerable<string> Names(Recipe recipe) =>
            recipe.Network(1, 1, 1).Parameters().Select(p => $"{p.Name} {p.ShapeText}");
        return Names(this).SequenceEqual(Names(other));
    }

    /// <summary>Learning rate of a step (from 0) of <paramref name="steps"/>.</summary>
    public float RateAt(long step, long steps)
    {
        double perEpoch = Math.Max(1, (double)steps / Epochs);
        (step, steps) = (step - ScheduleFrom, steps - ScheduleFrom);
        double warmup = WarmupSteps == 0 ? 1 : Math.Min(1, (step + 1.0) / WarmupSteps);
        double progress = Math.Clamp((step - WarmupSteps) / Math.Max(1.0, steps - WarmupSteps), 0, 1);
        double epoch = Math.Floor(step / perEpoch);
        double shape = Schedule switch
        {
            LearningRateSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            LearningRateSchedule.Step => Math.Pow(Factor, Math.Floor(epoch / StepEpochs)),
            LearningRateSchedule.Exponential => Math.Pow(Factor, epoch),
            LearningRateSchedule.OneCycle => OneCycle(step - WarmupSteps, steps - WarmupSteps),
            _ => 1,
        };
        return (float)(LearningRate * warmup * shape);
    }

    private static double OneCycle(long step, long steps)
    {
        const double RisingShare = 0.3, First = 1 / 25.0, Last = First / 1e4;
        double top = RisingShare * steps - 1, end = steps - 1;
        return step <= top
            ? Between(First, 1, Math.Max(0, step) / Math.Max(1, top))
            : Between(1, Last, Math.Min(1, (step - top) / Math.Max(1, end - top)));

        static double Between(double from, double to, double share) =>
            to + (from - to) / 2 * (1 + Math.Cos(Math.PI * share));
    }

    /// <summary>This recipe, when every setting is in range.</summary>
    /// <exception cref="UsageException">One is not; the sentence names it, its value and its range.</exception>
    public Recipe Checked()
    {
        foreach (int width in Hidden.Values)
            Range("--hidden", width, 1, 16384);
        Range("--layers", Layers, 1, 64);
        if (!Hidden.Fit(Layers))
            throw new UsageException($"--hidden {Hidden} names {Hidden.Count} layers and --layers says {Layers}.");
        Range("--dropout", Variant.Dropout, 0, 0.999);
        Range("--recurrent-dropout", Variant.RecurrentDropout, 0, 0.999);
        Range("--zoneout-h", Variant.ZoneoutHidden, 0, 0.999);
        Range("--zoneout-c", Variant.ZoneoutCell, 0, 0.999);
        Range("--projection", Variant.Projection, 0, 16384);
        Range("--forget-bias", ForgetBias ?? 0, -100, 100);
        Range("--pre", PreLinear, 0, 16384);
        Range("--batch", Batch, 1, 1 << 20);
        Range("--epochs", Epochs, 1, 1_000_000);
        Range("--lr", LearningRate, float.Epsilon, 1000);
        Range("--beta1", Beta1, 0, 0.999999);
        Range("--beta2", Beta2, 0, 0.9999999);
        Range("--eps", Epsilon, float.Epsilon, 1); // with 0, a gradient that is always zero makes 0 / 0
        Range("--weight-decay", WeightDecay, 0, 1000);
        Range("--momentum", Momentum, 0, 0.999999);
        Range("--alpha", Alpha, 0, 0.9999999);
        Range("--step-epochs", StepEpochs, 1, 1_000_000);
        Range("--gamma", Gamma, 0, 1);
        Range("--plateau-patience", PlateauPatience, 0, 1_000_000);
        Range("--clip-value", ClipValue, 0, 1e9);
        if (Momentum > 0 && Optimizer is (OptimizerKind.Adam or OptimizerKind.AdamW))
            throw new UsageException("--momentum goes with --optimizer sgd or rmsprop: Adam has --beta1.");
        if (Nesterov && (Optimizer != OptimizerKind.Sgd || Momentum == 0))
            throw new UsageException("--nesterov goes with --optimizer sgd and a --momentum above 0.");
        Range("--clip", ClipNorm, 0, 1e9);
        Range("--warmup", WarmupSteps, 0, int.MaxValue);
        Range("--huber-delta", HuberDelta, 1e-6, 1e6);
        Range("--bptt", Bptt, 0, 1_000_000);
        if (Bptt > 0 && Variant.Bidirectional)
            throw new UsageException("--bptt reads sequences in pieces, and the reverse direction of --bidirectional "
                + "needs "
                + "them whole.");
        Range("--label-smoothing", LabelSmoothing, 0, 0.999999);
        if (ClassWeights != null)
            Training.ClassWeights.Check(ClassWeights);
        Range("--mean", Mean, -1e6, 1e6);
        Range("--std", Deviation, 1e-6, 1e6);
        Range("--augment shift", Augment.Shift, 0, 1000);
        Range("--augment rotate", Augment.Rotate, 0, 180);
        Range("--augment scale", Augment.Scale, 0, 0.9);
        Range("--augment shear", Augment.Shear, 0, 10);
        Range("--augment elastic", Augment.Elastic, 0, 1000);
        Range("--log-every", LogEvery, 1, int.MaxValue);
        Range("--evaluate-every", EvaluateEvery, 0, int.MaxValue);
        Range("--evaluate-first", EvaluateFirst, 0, int.MaxValue);
        return this;
    }

    private static void Range(string option, double value, double low, double high)
    {
        if (!(value >= low && value <= high)) // NaN is out of every range
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"{option} must be {(low == float.Epsilon ? "above 0" : $"at least {low}")} and at most {high}; it is "
                + $"{value}."));
    }
}
