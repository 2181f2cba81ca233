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
        if (model["class_name"]?.ToString() is not ("Sequential" or "Functional" or "Model"))
            throw new FormatException($"its model is a {model["class_name"]}, where a Sequential or functional one is "
                + "read");
        JsonArray layers = (model["config"] as JsonArray ?? model["config"]?["layers"] as JsonArray)
            ?? throw new FormatException("its configuration has no layers");
        List<KerasLayer> all = [.. layers.OfType<JsonObject>().Select(Of)];
        string[] branching = [.. layers.OfType<JsonObject>().Where(layer => Inputs(layer) > 1)
            .Select(layer => $"'{layer["name"] ?? layer["config"]?["name"]}'")];
        return branching.Length == 0 ? all
            : throw new FormatException($"its layer {branching[0]} has several inputs, where a chain of layers is read");
    }

    private static KerasLayer Of(JsonObject layer) => layer["config"] is JsonObject config
        ? new(layer["class_name"]?.ToString() ?? "", (layer["name"] ?? config["name"])?.ToString() ?? "", config)
        : throw new FormatException("a layer has no configuration");

    /// <summary>How many tensors a layer of a functional model takes; 0: nothing is told.</summary>
    private static int Inputs(JsonObject layer) => layer["inbound_nodes"] is JsonArray { Count: > 0 } nodes
        ? nodes[0] is JsonArray list ? list.Count : nodes[0]?["args"] is JsonArray arguments ? arguments.Count : 0 : 0;
}
