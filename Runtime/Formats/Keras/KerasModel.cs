using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Formats.Keras;

/// <summary>Makes a network of a Keras model's configuration and its layers' weights.</summary>
/// <param name="weights">A layer's arrays, in their order, from its place in the chain and itself.</param>
/// <param name="refuse">The exception for what is not supported.</param>
internal sealed class KerasModel(
    string version, Func<KerasLayer, IReadOnlyList<Tensor>> weights, Func<string, FileFormatException> refuse)
{
    private static readonly string[] s_passedOver =
        ["InputLayer", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "ActivityRegularization"];

    private float? _slope; // of the gates of the layers so far
    private float? _mask;
    private bool _isBackwards;

    public ForeignNetwork Read(string config)
    {
        IReadOnlyList<KerasLayer> layers;
        try
        {
            layers = KerasLayer.Chain(JsonNode.Parse(config) as JsonObject ?? throw new FormatException("it is empty"));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw refuse(e is JsonException ? "its configuration is no JSON" : e.Message);
        }
        KerasLayer[] used = [.. layers.Where(layer => !s_passedOver.Contains(layer.Kind))];
        int last = Array.FindLastIndex(used, layer => Recurrent(layer) != null);
        LinearWeights? pre = null, fc = null;
        Head head = Head.Class;
        List<LstmLayer> stack = [];
        for (int i = 0; i < used.Length; i++)
        {
            KerasLayer layer = used[i];
            bool isAfter = stack.Count > 0;
            if (Recurrent(layer) is { } lstm && fc is null)
            {
                bool returnsAll = lstm.Is("return_sequences");
                if (i < last && !returnsAll)
                    throw Refuse(layer, "gives its last state alone, where the next LSTM needs all (return_sequences)");
                if (i == last && returnsAll)
                    head = Head.StepClasses;
                stack.Add(Lstm(layer, lstm, isFirst: !isAfter));
            }
            else if (Dense(layer) is { } dense && (isAfter ? fc : pre) is null)
            {
                Activation(layer, dense, isAfter);
                LinearWeights linear = Linear(layer, dense);
                (pre, fc) = isAfter ? (pre, linear) : (linear, fc);
            }
            else if (layer.Kind == "Masking" && i == 0)
                _mask = layer.Config["mask_value"] is JsonValue value && value.TryGetValue(out double mask)
                    ? (float)mask : 0;
            else if (layer.Kind == "Activation" && fc != null && layer.Text("activation") is "softmax" or "linear")
                continue; // the classes are asked for by their order
            else
                throw refuse($"its layer '{layer.Name}' ({layer.Kind}) is none that is read: (Dense,) LSTM or "
                    + "Bidirectional LSTM layers, Dropout, and Dense with softmax or linear are");
        }
        if (stack.Count == 0)
            throw refuse("it has no LSTM layer");
        if (fc is null)
            throw refuse("it has no Dense after its LSTM layers, and answers no classes");
        if (head == Head.StepClasses && (_mask != null || _isBackwards))
            throw refuse("it answers every step of sequences that are masked or read backwards");
        if (_mask != null && pre != null)
            throw refuse("its Dense before the LSTM is masked, which is not read");
        return new(ModelAssembly.Chain(pre, stack, fc, refuse), _slope ?? 0, head, Steps(layers))
        {
            MaskValue = _mask, IsBackwards = _isBackwards,
        };
    }

    /// <summary>The LSTM that a layer is, or has in it; null: none.</summary>
    private static KerasLayer? Recurrent(KerasLayer layer) => layer.Kind switch
    {
        "LSTM" or "CuDNNLSTM" => layer,
        "Bidirectional" when layer.Inner is { Kind: "LSTM" or "CuDNNLSTM" } inner => inner,
        _ => null,
    };

    private static KerasLayer? Dense(KerasLayer layer) => layer.Kind switch
    {
        "Dense" => layer,
        "TimeDistributed" when layer.Inner is { Kind: "Dense" } inner => inner,
        _ => null,
    };

    private LstmLayer Lstm(KerasLayer layer, KerasLayer lstm, bool isFirst)
    {
        bool isBoth = layer.Kind == "Bidirectional", isCudnn = lstm.Kind == "CuDNNLSTM";
        if (isBoth && layer.Text("merge_mode") is { } merge and not "concat")
            throw Refuse(layer, $"merges its directions by {merge}: concat alone is read");
        if (lstm.Is("go_backwards") && (!isFirst || isBoth))
            throw Refuse(layer, "reads backwards (go_backwards), which the first layer alone may, in one direction");
        _isBackwards |= lstm.Is("go_backwards");
        if (lstm.Is("stateful"))
            throw Refuse(layer, "keeps its state from batch to batch (stateful)");
        if (lstm.Is("return_state"))
            throw Refuse(layer, "gives its state to other layers (return_state)");
        if (!isCudnn && lstm.Text("activation") is { } activation and not "tanh")
            throw Refuse(layer, $"has {activation} cells: tanh alone is read");
        string gates = isCudnn ? "sigmoid" : lstm.Text("recurrent_activation") ?? lstm.Text("inner_activation")
            ?? throw Refuse(layer, "does not say its recurrent_activation, which decides what it computes");
        float slope;
        try
        {
            slope = KerasActivation.Slope(gates, version);
        }
        catch (FormatException e)
        {
            throw Refuse(layer, $"has a recurrent_activation that is not read: {e.Message}");
        }
        if ((_slope ??= slope) != slope)
            throw Refuse(layer, "has other gate functions than the layer before");
        IReadOnlyList<Tensor> all = weights(layer);
        int each = isBoth ? all.Count / 2 : all.Count;
        if (isBoth && all.Count % 2 != 0)
            throw Refuse(layer, $"has {all.Count} arrays for two directions");
        LstmWeights Part(int direction) =>
            KerasWeights.Lstm([.. all.Skip(direction * each).Take(each)], isCudnn, how => Refuse(layer, how));
        return new(Part(0), isBoth ? Part(1) : null);
    }

    private LinearWeights Linear(KerasLayer layer, KerasLayer dense)
    {
        IReadOnlyList<Tensor> arrays = weights(layer);
        if (arrays.Count is not (1 or 2) || arrays[0].Shape is not [> 0, > 0 and var outputs]
            || arrays.Count == 2 && arrays[1].Shape is not [_] || arrays.Count == 2 && arrays[1].Shape[0] != outputs)
            throw Refuse(layer, "has arrays that are not a Dense layer's");
        return new(arrays[0].Transpose(arrays[0].Name),
            arrays.Count == 2 ? arrays[1] : new(dense.Name, [outputs], new float[outputs]));
    }

    private void Activation(KerasLayer layer, KerasLayer dense, bool isLast)
    {
        string activation = dense.Text("activation") ?? "linear";
        if (activation != "linear" && !(isLast && activation == "softmax"))
            throw Refuse(layer, $"has {activation} as its activation: "
                + $"linear{(isLast ? " and softmax are" : " is")} read");
    }

    private static int? Steps(IReadOnlyList<KerasLayer> layers)
    {
        foreach (string key in new[] { "batch_input_shape", "batch_shape" })
            if (layers.Select(layer => layer.Config[key]).FirstOrDefault(value => value != null)
                is JsonArray { Count: 3 } shape
                && shape[1] is JsonValue steps && steps.TryGetValue(out int count) && count > 0)
                return count;
        return null;
    }

    private FileFormatException Refuse(KerasLayer layer, string how) => refuse($"its layer '{layer.Name}' {how}");
}
