using System.Text.Json.Nodes;

namespace GpuLstm.Runtime.Formats.Keras;

/// <summary>A layer of a Keras model's configuration.</summary>
/// <param name="Kind">Its class: LSTM, Dense, ...</param>
/// <param name="Name">Its own.</param>
internal sealed record KerasLayer(string Kind, string Name, JsonObject Config)
{
    /// <summary>The layer in another: a Bidirectional's, a TimeDistributed's; null: none.</summary>
    public KerasLayer? Inner => Config["layer"] is JsonObject inner ? Of(inner) : null;

    /// <summary>A text of its configuration; null where there is none.</summary>
    public string? Text(string key) => Config[key] switch
    {
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonObject known => known["class_name"]?.ToString(), // a function, serialised by Keras 3
        _ => null,
    };

    public bool Is(string key, bool otherwise = false) =>
        Config[key] is JsonValue value && value.TryGetValue(out bool isSet) ? isSet : otherwise;

    /// <summary>The layers of a configuration from the first to the last. A functional model must be a chain.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static IReadOnlyList<KerasLayer> Chain(JsonObject model)
    {
        string kind = model["class_name"]?.ToString() ?? "";
        if (kind is not ("Sequential" or "Functional" or "Model"))
            throw new FormatException($"its model is a {kind}, where a Sequential or functional one is read");
        JsonNode? config = model["config"];
        JsonObject[] layers = [.. (config as JsonArray ?? config?["layers"] as JsonArray
            ?? throw new FormatException("its configuration has no layers")).OfType<JsonObject>()];
        return [.. (kind == "Sequential" ? layers
            : Backwards(layers, [.. Sources(config!["output_layers"])]).Reverse()).Select(Of)];
    }

    /// <summary>Layers of a functional model from the one that answers to its input.</summary>
    private static IEnumerable<JsonObject> Backwards(JsonObject[] layers, string[] outputs)
    {
        if (outputs is not [var name])
            throw new FormatException($"it has {outputs.Length} outputs, where one is read");
        for (int i = 0; i < layers.Length; i++)
        {
            JsonObject layer = Array.Find(layers, l => NameOf(l) == name)
                ?? throw new FormatException($"its layer '{name}' is missing");
            yield return layer;
            if (layer["inbound_nodes"] is not JsonArray { Count: > 0 } nodes)
                yield break;
            string[] inputs = nodes.Count > 1
                ? throw new FormatException($"its layer '{name}' is used {nodes.Count} times")
                : [.. Sources(nodes[0])];
            if (inputs.Length > 1)
                throw new FormatException($"its layer '{name}' has several inputs, where a chain of layers is read");
            if (inputs.Length == 0)
                yield break;
            name = inputs[0];
        }
        if (Array.Find(layers, l => NameOf(l) == name)?["inbound_nodes"] is JsonArray { Count: > 0 })
            throw new FormatException("its layers form a circle");
    }

    /// <summary>Names of the layers whose tensors are in a node: <c>["lstm", 0, 0, {}]</c> of Keras 2,
    /// <c>"keras_history": ["lstm", 0, 0]</c> of Keras 3.</summary>
    private static IEnumerable<string> Sources(JsonNode? node) => node switch
    {
        JsonArray array when IsTensor(array) => [array[0]!.ToString(), .. array.Skip(3).SelectMany(Sources)],
        JsonArray array => array.SelectMany(Sources),
        JsonObject map => map.SelectMany(entry => Sources(entry.Value)),
        _ => [],
    };

    private static bool IsTensor(JsonArray array) => array.Count is 3 or 4 && IsText(array[0])
        && array.Skip(1).Take(2).All(index => index is JsonValue value && value.TryGetValue(out int _));

    private static bool IsText(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? _);

    private static string NameOf(JsonObject layer) => (layer["name"] ?? layer["config"]?["name"])?.ToString() ?? "";

    private static KerasLayer Of(JsonObject layer) => layer["config"] is JsonObject config
        ? new(layer["class_name"]?.ToString() ?? "", NameOf(layer), config)
        : throw new FormatException("a layer has no configuration");
}
