using System.Text.Json.Serialization;

namespace GpuLstm.Runtime.Layers;

/// <summary>What a network answers.</summary>
public enum Head
{
    /// <summary>One class of a whole sequence: Linear on the final state, softmax cross-entropy.</summary>
    Class,

    /// <summary>A class at every step: Linear on every state, softmax cross-entropy over the labelled steps.</summary>
    StepClasses,

    /// <summary>Numbers for a whole sequence: Linear on the final state, squared, absolute or Huber's loss.</summary>
    Values,
}

/// <summary>A network's shape: optional Linear per time step, a stack of LSTM layers, Linear on what the head takes.
/// The final state is the last layer's h after its last step; of a bidirectional layer both
/// directions' side by side, each after its own last step, as torch.nn.LSTM's h_n has them.</summary>
/// <param name="TimeSteps">T.</param>
/// <param name="InputSize">I.</param>
/// <param name="PreLinear">Outputs of the Linear layer per time step; 0: none.</param>
/// <param name="HiddenSize">H of each LSTM layer.</param>
/// <param name="Layers">LSTM layers.</param>
/// <param name="Outputs">C classes, or M values.</param>
/// <param name="Biases">Bias vectors of an LSTM layer: 2 as PyTorch has them, or 1 as Keras does.</param>
public sealed record NetworkSpec(
    int TimeSteps, int InputSize, int PreLinear, LayerWidths HiddenSize, int Layers,
    [property: JsonPropertyName("classes")] int Outputs, int Biases)
{
    public LstmVariant Variant { get; init; } = new();

    public Head Head { get; init; }

    /// <summary>Input size of the first LSTM layer.</summary>
    [JsonIgnore]
    public int LstmInput => PreLinear > 0 ? PreLinear : InputSize;

    /// <summary>The LSTM layers.</summary>
    [JsonIgnore]
    public LstmSpec Stack => new(LstmInput, HiddenSize, Layers, Biases, Variant);

    /// <summary>Values of the last layer's state, which the head takes.</summary>
    [JsonIgnore]
    public int FinalSize => Stack.OutputSize(Layers - 1);

    /// <summary>All parameters in the order of the flat buffer.</summary>
    public IReadOnlyList<ParameterSpec> Parameters() =>
    [
        .. PreLinear > 0 ? Linear.Specs("pre", InputSize, PreLinear) : [],
        .. Stack.Parameters("lstm"),
        .. Linear.Specs("fc", FinalSize, Outputs),
    ];

    /// <summary>The layers as a summary lists them.</summary>
    public IReadOnlyList<LayerSummary> Summary()
    {
        var layers = new List<LayerSummary> { new("input", "Input", $"(B, {TimeSteps}, {InputSize})", 0) };
        long Count(string prefix) => Parameters().Where(p =>
            p.Name.StartsWith(prefix, StringComparison.Ordinal)).Sum(p => p.Count);
        if (PreLinear > 0)
            layers.Add(new("pre", "Linear per step", $"(B, {TimeSteps}, {PreLinear})", Count("pre.")));
        for (int layer = 0; layer < Layers; layer++)
        {
            int output = Stack.OutputSize(layer);
            string shape = layer < Layers - 1 || Head == Head.StepClasses ? $"(B, {TimeSteps}, {output})"
                : $"(B, {output})";
            string suffix = LstmSpec.Suffix(layer, 0), reverse = LstmSpec.Suffix(layer, 1);
            long count = Parameters().Where(p => p.Name.EndsWith(suffix, StringComparison.Ordinal)
                || p.Name.EndsWith(reverse, StringComparison.Ordinal)).Sum(p => p.Count);
            layers.Add(new($"lstm.{layer}", $"LSTM{Variant.Words}", shape, count));
        }
        layers.Add(Head == Head.StepClasses
            ? new("fc", "Linear per step", $"(B, {TimeSteps}, {Outputs})", Count("fc."))
            : new("fc", "Linear", $"(B, {Outputs})", Count("fc.")));
        return layers;
    }
}

/// <summary>A line of a network's summary.</summary>
public sealed record LayerSummary(string Name, string Kind, string OutputShape, long Parameters);
