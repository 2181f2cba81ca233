namespace GpuLstm.Runtime.Layers;

/// <summary>A stack of LSTM layers: its sizes and its kind.</summary>
/// <param name="InputSize">I of the first layer.</param>
/// <param name="HiddenSize">H of each layer.</param>
/// <param name="Layers">How many.</param>
/// <param name="Biases">Bias vectors of a layer: 2 as PyTorch has them, or 1 as Keras does.</param>
public sealed record LstmSpec(int InputSize, LayerWidths HiddenSize, int Layers, int Biases, LstmVariant Variant)
{
    public int Directions => Variant.Directions;

    /// <summary>Values of a layer's h in one direction.</summary>
    public int StateSize(int layer) => Variant.Projection > 0 ? Variant.Projection : HiddenSize[layer];

    /// <summary>Values that a layer passes on: both directions' side by side.</summary>
    public int OutputSize(int layer) => Directions * StateSize(layer);

    /// <summary>Values that a layer takes.</summary>
    public int InputOf(int layer) => layer == 0 ? InputSize : OutputSize(layer - 1);

    /// <summary>How parameters of a layer and direction end: torch.nn.LSTM's <c>_l0</c>, <c>_l0_reverse</c>,
    /// ...</summary>
    public static string Suffix(int layer, int direction) => direction == 0 ? $"_l{layer}" : $"_l{layer}_reverse";

    /// <summary>The parameters in torch.nn.LSTM's order and under its names; layer norm, which it lacks, adds gains and
    /// a bias.</summary>
    /// <param name="name">The module's name, the parameters' prefix.</param>
    public IEnumerable<ParameterSpec> Parameters(string name)
    {
        for (int layer = 0; layer < Layers; layer++)
            for (int direction = 0; direction < Directions; direction++)
            {
                string suffix = Suffix(layer, direction);
                int gates = 4 * HiddenSize[layer];
                yield return new($"{name}.weight_ih{suffix}", gates, InputOf(layer));
                yield return new($"{name}.weight_hh{suffix}", gates, StateSize(layer));
                yield return new($"{name}.bias_ih{suffix}", gates);
                if (Biases == 2)
                    yield return new($"{name}.bias_hh{suffix}", gates);
                if (Variant.Projection > 0)
                    yield return new($"{name}.weight_hr{suffix}", Variant.Projection, HiddenSize[layer]);
                if (!Variant.LayerNorm)
                    continue;
                yield return new($"{name}.gain_ih{suffix}", gates);
                yield return new($"{name}.gain_hh{suffix}", gates);
                yield return new($"{name}.gain_c{suffix}", HiddenSize[layer]);
                yield return new($"{name}.bias_c{suffix}", HiddenSize[layer]);
            }
    }
}
