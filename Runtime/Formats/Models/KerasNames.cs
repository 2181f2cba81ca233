using System.Text.RegularExpressions;

namespace GpuLstm.Runtime.Formats.Models;

/// <summary>Keras's names and layouts: the weights of keras.layers.LSTM and Dense. Its gate order i, f, c, o is ours (c
/// is g), its matrices are transposed (kernel [I, 4H], recurrent_kernel [H, 4H], Dense's kernel [inputs, outputs]) and
/// it has one bias.</summary>
public static partial class KerasNames
{
    private const string Recurrent = "recurrent_kernel";

    /// <summary>Whether the names are Keras's.</summary>
    public static bool IsKeras(IEnumerable<string> names) =>
        names.Any(name => VariableName().Match(name).Groups["kind"].Value == Recurrent);

    /// <summary>Finds the layers of a network, whatever they are called.</summary>
    /// <param name="tensors">Under the paths of Keras's variables, such as sequential/lstm/lstm_cell/kernel.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="FileFormatException">They do not make one of our networks.</exception>
    public static LstmModel Parse(IReadOnlyList<Tensor> tensors, string source)
    {
        Dictionary<string, WeightGroup> groups = [];
        foreach (Tensor tensor in tensors)
        {
            Match match = VariableName().Match(tensor.Name);
            if (!match.Success)
                throw ModelAssembly.Refuse(source, $"'{tensor.Name}' belongs to no LSTM or Dense layer");
            string layer = match.Groups["layer"].Value;
            if (!groups.TryGetValue(layer, out WeightGroup? group))
                groups.Add(layer, group = new WeightGroup(layer, source));
            group.Add(match.Groups["kind"].Value, tensor);
        }
        IEnumerable<WeightGroup> lstms = groups.Values.Where(g => g.Has(Recurrent));
        Dictionary<string, (WeightGroup? Forward, WeightGroup? Reverse)> layers = [];
        foreach (WeightGroup group in lstms)
        {
            string both = Direction().Replace(group.Module, "$1");
            (WeightGroup? forward, WeightGroup? reverse) = layers.GetValueOrDefault(both);
            layers[both] = Backward().IsMatch(group.Module) ? (forward, group) : (group, reverse);
        }
        LstmLayer Layer(string name)
        {
            (WeightGroup? forward, WeightGroup? reverse) = layers[name];
            return forward is null
                ? throw ModelAssembly.Refuse(source, $"'{name}' has a backward direction only")
                : new LstmLayer(Weights(forward), reverse is null ? null : Weights(reverse));
        }
        return ModelAssembly.Assemble(
            [.. ModelAssembly.InOrder([.. layers.Keys]).Select(Layer)],
            [.. groups.Values.Where(g => !g.Has(Recurrent)).Select(g => (g.Module, Dense(g)))], source);
    }

    /// <summary>The variables in the order of model.get_weights() of a Keras model of the same layers.</summary>
    /// <exception cref="GpuLstmException">The network has projections, which Keras has not.</exception>
    public static IReadOnlyList<Tensor> ToVariables(LstmModel model)
    {
        List<Tensor> variables = [];
        void AddDense(string layer, LinearWeights? weights)
        {
            if (weights is null)
                return;
            variables.Add(weights.Weight.Transpose($"{layer}/kernel"));
            variables.Add(weights.Bias with { Name = $"{layer}/bias" });
        }

        AddDense("pre", model.Pre);
        for (int l = 0; l < model.Layers.Count; l++)
            for (int d = 0; d < model.Layers[l].Directions.Count; d++)
            {
                LstmWeights weights = model.Layers[l].Directions[d];
                if (weights.WeightHr is not null)
                    throw new GpuLstmException("Keras has no projections, so this network cannot be exported to it.");
                string layer = l == 0 ? "lstm" : $"lstm_{l}";
                if (model.Layers[l].Reverse is not null)
                    layer = $"bidirectional_{l}/{(d == 0 ? "forward" : "backward")}_{layer}";
                variables.Add(weights.WeightIh.Transpose($"{layer}/kernel"));
                variables.Add(weights.WeightHh.Transpose($"{layer}/{Recurrent}"));
                variables.Add(weights.BiasSum() with { Name = $"{layer}/bias" });
            }
        AddDense("fc", model.Fc);
        return variables;
    }

    private static LstmWeights Weights(WeightGroup group)
    {
        Tensor kernel = group.Matrix("kernel"), recurrent = group.Matrix(Recurrent);
        long hidden = group.HiddenSize(recurrent.Shape[1], recurrent.Shape[0], projected: false);
        group.Find("kernel", kernel.Shape[0], 4 * hidden);
        return new LstmWeights(kernel.Transpose(kernel.Name), recurrent.Transpose(recurrent.Name),
            group.Bias("bias", 4 * hidden), BiasHh: null, WeightHr: null);
    }

    private static LinearWeights Dense(WeightGroup group)
    {
        Tensor kernel = group.Matrix("kernel");
        return new LinearWeights(kernel.Transpose(kernel.Name), group.Bias("bias", kernel.Shape[1]));
    }

    /// <summary>A path, a kind and, from Keras 2, the number of an output.</summary>
    [GeneratedRegex(@"^(?:(?<layer>.*)[/.])?(?<kind>kernel|recurrent_kernel|bias)(?::[0-9]+)?$")]
    private static partial Regex VariableName();

    [GeneratedRegex("(^|/)(?:forward|backward)_")]
    private static partial Regex Direction();

    [GeneratedRegex("(^|/)backward_")]
    private static partial Regex Backward();
}
