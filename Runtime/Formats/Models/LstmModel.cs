namespace GpuLstm.Runtime.Formats.Models;

/// <summary>The weights of a network as they travel between formats: an optional Linear per time step, LSTM layers, a
/// Linear on the last step.</summary>
/// <param name="Pre">Linear per time step.</param>
/// <param name="Layers">From the input on, at least one.</param>
/// <param name="Fc">Linear to the classes.</param>
public sealed record LstmModel(LinearWeights? Pre, IReadOnlyList<LstmLayer> Layers, LinearWeights Fc)
{
    /// <summary>I.</summary>
    public long InputSize => Pre?.InputSize ?? Layers[0].InputSize;

    /// <summary>C.</summary>
    public long Classes => Fc.OutputSize;

    /// <summary>The same network, with a second bias of zeros in each LSTM layer that has one.</summary>
    public LstmModel WithBothBiases()
    {
        static LstmWeights WithBoth(LstmWeights w) =>
            w with { BiasHh = w.BiasHh ?? new Tensor("", w.BiasIh.Shape, new float[w.BiasIh.Values.Length]) };
        IEnumerable<LstmLayer> layers = Layers
            .Select(l => new LstmLayer(WithBoth(l.Forward), l.Reverse is null ? null : WithBoth(l.Reverse)));
        return this with { Layers = [.. layers] };
    }

    /// <summary>Under our names, which are torch.nn's for modules called pre, lstm and fc: pre.weight, pre.bias,
    /// lstm.weight_ih_l0, ..., fc.weight, fc.bias.</summary>
    public IReadOnlyList<Tensor> ToTensors() => TorchNames.Name(this, "pre", "lstm", "fc");
}

/// <summary>The weights of a Linear layer, y = x W^T + b.</summary>
/// <param name="Weight">[outputs, inputs].</param>
/// <param name="Bias">[outputs].</param>
public sealed record LinearWeights(Tensor Weight, Tensor Bias)
{
    public long InputSize => Weight.Shape[1];

    public long OutputSize => Weight.Shape[0];
}

/// <summary>One LSTM layer.</summary>
/// <param name="Forward">Reads the steps from the first on.</param>
/// <param name="Reverse">Reads them from the last on; its outputs follow the forward ones. Null: one direction.</param>
public sealed record LstmLayer(LstmWeights Forward, LstmWeights? Reverse)
{
    public long InputSize => Forward.InputSize;

    /// <summary>Of both directions together.</summary>
    public long OutputSize => Forward.OutputSize + (Reverse?.OutputSize ?? 0);

    /// <summary>One or two.</summary>
    public IReadOnlyList<LstmWeights> Directions => Reverse is null ? [Forward] : [Forward, Reverse];
}

/// <summary>The weights of one direction of an LSTM layer, gates in the order i, f, g, o.</summary>
/// <param name="WeightIh">[4H, I].</param>
/// <param name="WeightHh">[4H, H], or [4H, P] with a projection.</param>
/// <param name="BiasIh">[4H].</param>
/// <param name="BiasHh">[4H]; null in networks with one bias.</param>
/// <param name="WeightHr">[P, H], projects each output; null: none.</param>
public sealed record LstmWeights(Tensor WeightIh, Tensor WeightHh, Tensor BiasIh, Tensor? BiasHh, Tensor? WeightHr)
{
    public long InputSize => WeightIh.Shape[1];

    /// <summary>H.</summary>
    public long HiddenSize => WeightIh.Shape[0] / 4;

    /// <summary>H, or P with a projection.</summary>
    public long OutputSize => WeightHh.Shape[1];

    /// <summary>The sum of the biases, [4H], which is all that an LSTM computes with.</summary>
    public Tensor BiasSum() => BiasHh is null
        ? BiasIh
        : new Tensor(BiasIh.Name, BiasIh.Shape, [.. BiasIh.Values.Zip(BiasHh.Values, (a, b) => a + b)]);
}
