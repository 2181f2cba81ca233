using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Layers;
using PureHDF;

namespace GpuLstm.Runtime.Formats.Keras;

/// <summary>Writes a network as a Sequential model: .h5 as TensorFlow's Keras 2 saves it, .keras as Keras 3 does. Both
/// have softmax at their end where classes are answered.</summary>
public static class KerasWriter
{
    /// <summary>Where .h5 keeps our metadata: an attribute that Keras does not look at.</summary>
    internal const string MetadataKey = "gpulstm";

    private const string Version2 = "2.15.0", Version3 = "3.0.0";

    /// <summary>Zip's first date, so that the same network makes the same file.</summary>
    private static readonly DateTimeOffset s_epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A layer with its arrays, those of its directions one after the other.</summary>
    private sealed record Layer(string Kind, JsonObject Config, IReadOnlyList<Tensor> Arrays)
    {
        public string Name => Config["name"]!.GetValue<string>();
    }

    /// <summary>Whether a file's extension is one of Keras's.</summary>
    public static bool HasExtension(string path) => IsZip(path) || HasEnd(path, ".h5");

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="network">What is written; .keras means x / 6 + 0.5 by hard_sigmoid and .h5 0.2 x + 0.5.</param>
    /// <exception cref="GpuLstmException">Keras has no such network, or the file cannot be written.</exception>
    public static void Write(string path, ForeignNetwork network, bool overwrite = true)
    {
        bool isZip = IsZip(path);
        float own = isZip ? KerasActivation.Slope3 : KerasActivation.Slope2;
        if (network.GateSlope != 0 && network.GateSlope != own)
            throw new GpuLstmException($"hard_sigmoid in a {Path.GetExtension(path)} file has another slope than the "
                + $"model's, {network.GateSlope:G3}: {(isZip ? ".h5" : ".keras")} keeps it.");
        Layer[] layers = [.. Layers(network, isZip)];
        AtomicFile.Write(path, stream =>
        {
            if (isZip)
                WriteZip(stream, layers, network.Metadata);
            else
                H5(layers, network.Metadata).Write(stream);
        }, overwrite);
    }

    private static bool IsZip(string path) => HasEnd(path, ".keras");

    private static bool HasEnd(string path, string extension) =>
        Path.GetExtension(path).Equals(extension, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Layer> Layers(ForeignNetwork network, bool isZip)
    {
        LstmModel model = network.Weights;
        if (model.Layers.SelectMany(layer => layer.Directions).Any(direction => direction.WeightHr != null))
            throw new GpuLstmException("Keras has no projections, so this network cannot be exported to it.");
        yield return new("InputLayer", new()
        {
            ["name"] = "input", ["dtype"] = "float32",
            [isZip ? "batch_shape" : "batch_input_shape"] = new JsonArray(null, network.TimeSteps, model.InputSize),
        }, []);
        if (model.Pre is { } pre)
            yield return Dense("pre", pre, "linear");
        for (int l = 0; l < model.Layers.Count; l++)
        {
            LstmLayer layer = model.Layers[l];
            bool returnsAll = l + 1 < model.Layers.Count || network.Head == Head.StepClasses;
            JsonObject lstm = LstmConfig(layer, returnsAll, network.GateSlope);
            string number = l > 0 ? $"_{l}" : "";
            lstm["name"] = "lstm" + number;
            Tensor[] arrays = [.. layer.Directions.SelectMany(Arrays)];
            yield return layer.Reverse == null ? new("LSTM", lstm, arrays) : new("Bidirectional", new()
            {
                ["name"] = "bidirectional" + number, ["trainable"] = true, ["dtype"] = "float32",
                ["merge_mode"] = "concat", ["layer"] = Described("LSTM", lstm, isZip),
            }, arrays);
        }
        yield return Dense("fc", model.Fc, network.Head == Head.Values ? "linear" : "softmax");
    }

    private static Layer Dense(string name, LinearWeights weights, string activation) => new("Dense", new()
    {
        ["name"] = name, ["trainable"] = true, ["dtype"] = "float32", ["units"] = weights.OutputSize,
        ["activation"] = activation, ["use_bias"] = true,
    }, [weights.Weight.Transpose("kernel"), weights.Bias with { Name = "bias" }]);

    private static JsonObject LstmConfig(LstmLayer layer, bool returnsAll, float slope) => new()
    {
        ["trainable"] = true, ["dtype"] = "float32", ["units"] = layer.Forward.HiddenSize, ["activation"] = "tanh",
        ["recurrent_activation"] = slope > 0 ? "hard_sigmoid" : "sigmoid", ["use_bias"] = true,
        ["return_sequences"] = returnsAll, ["return_state"] = false, ["go_backwards"] = false, ["stateful"] = false,
        ["unroll"] = false,
    };

    private static IEnumerable<Tensor> Arrays(LstmWeights weights) =>
        [weights.WeightIh.Transpose("kernel"), weights.WeightHh.Transpose("recurrent_kernel"),
            weights.BiasSum() with { Name = "bias" }];

    /// <summary>A layer in a model's configuration.</summary>
    private static JsonObject Described(string kind, JsonObject config, bool isZip) => isZip
        ? new() { ["module"] = "keras.layers", ["class_name"] = kind, ["config"] = config, ["registered_name"] = null }
        : new() { ["class_name"] = kind, ["config"] = config };

    private static JsonObject Sequential(Layer[] layers, bool isZip)
    {
        JsonObject config = new()
        {
            ["name"] = "gpulstm",
            ["layers"] = new JsonArray([.. layers.Select(layer => Described(layer.Kind, layer.Config, isZip))]),
        };
        return isZip ? new()
        {
            ["module"] = "keras", ["class_name"] = "Sequential", ["config"] = config,
            ["registered_name"] = "Sequential",
            ["build_config"] = new JsonObject { ["input_shape"] = layers[0].Config["batch_shape"]!.DeepClone() },
        } : new() { ["class_name"] = "Sequential", ["config"] = config };
    }

    private static H5File H5(Layer[] layers, IReadOnlyDictionary<string, string> metadata)
    {
        H5Group weights = new()
        {
            Attributes = new()
            {
                ["layer_names"] = layers.Select(layer => layer.Name).ToArray(), ["backend"] = "tensorflow",
                ["keras_version"] = Version2,
            },
        };
        foreach (Layer layer in layers)
        {
            string[] paths = [.. layer.Arrays.Select((array, i) => layer.Kind != "Bidirectional" ? $"{array.Name}:0"
                : $"{(i < 3 ? "forward" : "backward")}/{array.Name}:0")];
            H5Group arrays = [];
            for (int i = 0; i < paths.Length; i++)
                At(arrays, paths[i].Split('/'), layer.Arrays[i]);
            H5Group group = new() { [layer.Name] = arrays };
            if (paths.Length > 0)
                group.Attributes["weight_names"] = paths.Select(path => $"{layer.Name}/{path}").ToArray();
            else
                group = new() { Attributes = new() { ["weight_names"] = Array.Empty<float>() } };
            weights[layer.Name] = group;
        }
        return new()
        {
            Attributes = new()
            {
                ["keras_version"] = Version2, ["backend"] = "tensorflow",
                ["model_config"] = Sequential(layers, isZip: false).ToJsonString(),
                [MetadataKey] = JsonSerializer.Serialize(metadata),
            },
            ["model_weights"] = weights,
        };
    }

    /// <summary>Puts an array at a path, with the groups on the way.</summary>
    private static void At(H5Group group, ReadOnlySpan<string> path, Tensor array)
    {
        foreach (string part in path[..^1])
        {
            if (!group.TryGetValue(part, out object? next))
                group[part] = next = new H5Group();
            group = (H5Group)next;
        }
        group[path[^1]] = new H5Dataset(array.Values, fileDims: [.. array.Shape.Select(size => (ulong)size)]);
    }

    private static void WriteZip(Stream stream, Layer[] layers, IReadOnlyDictionary<string, string> metadata)
    {
        H5File weights = [];
        Dictionary<string, int> used = [];
        foreach (Layer layer in layers)
        {
            string place = layer.Kind == "InputLayer" ? "input_layer" : layer.Kind.ToLowerInvariant();
            int number = used[place] = used.GetValueOrDefault(place, -1) + 1;
            string[] path = ["layers", number > 0 ? $"{place}_{number}" : place];
            for (int i = 0; i < layer.Arrays.Count; i++)
                At(weights, [.. path, .. layer.Kind switch
                {
                    "LSTM" => (string[])["cell"],
                    "Bidirectional" => [i < 3 ? "forward_layer" : "backward_layer", "cell"],
                    _ => [],
                }, "vars", $"{(layer.Kind == "Bidirectional" ? i % 3 : i)}"], layer.Arrays[i]);
        }
        using ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        Add(zip, "metadata.json", into => JsonSerializer.Serialize(into,
            new JsonObject { ["keras_version"] = Version3, ["date_saved"] = "1980-01-01@00:00:00" }));
        Add(zip, "config.json", into => JsonSerializer.Serialize(into, Sequential(layers, isZip: true)));
        Add(zip, "model.weights.h5", into =>
        {
            using MemoryStream content = new();
            weights.Write(content);
            content.WriteTo(into);
        });
        zip.Comment = JsonSerializer.Serialize(metadata);
    }

    private static void Add(ZipArchive zip, string name, Action<Stream> write)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = s_epoch;
        using Stream into = entry.Open();
        write(into);
    }
}
