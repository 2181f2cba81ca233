using System.Text.RegularExpressions;

namespace GpuLstm.Runtime.Formats.Models;

/// <summary>PyTorch's names and layouts: the state_dict of modules of torch.nn.LSTM (or LSTMCell) and torch.nn.Linear
/// (their documentation, "Variables").</summary>
public static partial class TorchNames
{
    /// <summary>Finds the layers of a network, whatever its modules are called. One or two biases stay as they are;
    /// where there is none it becomes zeros.</summary>
    /// <param name="tensors">A state_dict.</param>
    /// <param name="source">The file, for messages.</param>
    /// <param name="notice">Told of each tensor that no layer needs.</param>
    /// <exception cref="FileFormatException">They do not make one of our networks.</exception>
    public static LstmModel Parse(IReadOnlyList<Tensor> tensors, string source, Action<string>? notice = null)
    {
        Dictionary<string, Dictionary<(int Layer, bool Reverse), WeightGroup>> lstms = [];
        Dictionary<string, WeightGroup> linears = [];
        foreach (Tensor tensor in tensors)
        {
            Match lstm = LstmName().Match(tensor.Name);
            Match linear = LinearName().Match(tensor.Name);
            if (lstm.Success)
            {
                string module = lstm.Groups["module"].Value;
                _ = int.TryParse(lstm.Groups["layer"].Value, out int layer); // an LSTMCell has none: 0
                if (!lstms.TryGetValue(module, out Dictionary<(int Layer, bool Reverse), WeightGroup>? layers))
                    lstms.Add(module, layers = []);
                (int, bool) key = (layer, lstm.Groups["reverse"].Success);
                if (!layers.TryGetValue(key, out WeightGroup? group))
                    layers.Add(key, group = new WeightGroup(module, source));
                group.Add(lstm.Groups["kind"].Value, tensor);
            }
            else if (linear.Success)
            {
                string module = linear.Groups["module"].Value;
                if (!linears.TryGetValue(module, out WeightGroup? group))
                    linears.Add(module, group = new WeightGroup(module, source));
                group.Add(linear.Groups["kind"].Value, tensor);
            }
            else
                notice?.Invoke($"'{tensor.Name}' in '{source}' belongs to no LSTM or Linear layer, and is left out.");
        }
        List<LstmLayer> stack =
            [.. ModelAssembly.InOrder([.. lstms.Keys]).SelectMany(module => Layers(lstms[module], module, source))];
        return ModelAssembly.Assemble(
            stack, [.. linears.Select(l => (l.Key.Length > 0 ? l.Key : "weight", Linear(l.Value)))], source);
    }

    /// <summary>A state_dict that load_state_dict takes: every LSTM layer has two biases, the second of zeros where the
    /// network has one. Layers of different sizes, which one torch.nn.LSTM cannot have, are a torch.nn.ModuleList of
    /// them.</summary>
    /// <param name="model">The network.</param>
    /// <param name="pre">What the module of the Linear per time step is called.</param>
    /// <param name="lstm">What the LSTM is called.</param>
    /// <param name="fc">What the last Linear is called.</param>
    public static IReadOnlyList<Tensor> ToStateDict(
        LstmModel model, string pre = "pre", string lstm = "lstm", string fc = "fc")
    {
        bool isOneModule = model.Layers.Select(l => l.Forward.HiddenSize).Distinct().Count() == 1;
        return Name(model.WithBothBiases(), pre, lstm, fc, isOneModule);
    }

    /// <param name="isOneModule">Whether the LSTM layers are one module, else a list of them.</param>
    internal static IReadOnlyList<Tensor> Name(
        LstmModel model, string pre, string lstm, string fc, bool isOneModule = true)
    {
        List<Tensor> named = [];
        void Add(string name, Tensor? tensor)
        {
            if (tensor is not null)
                named.Add(tensor with { Name = name });
        }

        Add($"{pre}.weight", model.Pre?.Weight);
        Add($"{pre}.bias", model.Pre?.Bias);
        for (int layer = 0; layer < model.Layers.Count; layer++)
            for (int d = 0; d < model.Layers[layer].Directions.Count; d++)
            {
                LstmWeights weights = model.Layers[layer].Directions[d];
                string module = isOneModule ? lstm : $"{lstm}.{layer}";
                string end = $"_l{(isOneModule ? layer : 0)}{(d == 0 ? "" : "_reverse")}";
                Add($"{module}.weight_ih{end}", weights.WeightIh);
                Add($"{module}.weight_hh{end}", weights.WeightHh);
                Add($"{module}.bias_ih{end}", weights.BiasIh);
                Add($"{module}.bias_hh{end}", weights.BiasHh);
                Add($"{module}.weight_hr{end}", weights.WeightHr);
            }
        Add($"{fc}.weight", model.Fc.Weight);
        Add($"{fc}.bias", model.Fc.Bias);
        return named;
    }

    private static IEnumerable<LstmLayer> Layers(
        Dictionary<(int Layer, bool Reverse), WeightGroup> groups, string module, string source)
    {
        int count = groups.Keys.Max(k => k.Layer) + 1;
        for (int layer = 0; layer < count; layer++)
        {
            if (!groups.TryGetValue((layer, false), out WeightGroup? forward))
                throw ModelAssembly.Refuse(source, $"layer {layer} of '{module}' is missing");
            WeightGroup? reverse = groups.GetValueOrDefault((layer, true));
            yield return new LstmLayer(Weights(forward), reverse is null ? null : Weights(reverse));
        }
    }

    private static LstmWeights Weights(WeightGroup group)
    {
        Tensor ih = group.Matrix("weight_ih"), hh = group.Matrix("weight_hh");
        long hidden = group.HiddenSize(hh.Shape[0], hh.Shape[1], group.Has("weight_hr"));
        group.Find("weight_ih", 4 * hidden, ih.Shape[1]);
        return new LstmWeights(ih, hh, group.Bias("bias_ih", 4 * hidden), group.Find("bias_hh", 4 * hidden),
            group.Find("weight_hr", hh.Shape[1], hidden));
    }

    private static LinearWeights Linear(WeightGroup group)
    {
        Tensor weight = group.Matrix("weight");
        return new LinearWeights(weight, group.Bias("bias", weight.Shape[0]));
    }

    [GeneratedRegex(@"^(?:(?<module>.*)\.)?(?<kind>weight_(?:ih|hh|hr)|bias_(?:ih|hh))"
        + "(?:_l(?<layer>[0-9]{1,4})(?<reverse>_reverse)?)?$")]
    private static partial Regex LstmName();

    [GeneratedRegex(@"^(?:(?<module>.*)\.)?(?<kind>weight|bias)$")]
    private static partial Regex LinearName();
}
