using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Formats.Models;
using PureHDF;

namespace GpuLstm.Runtime.Formats.Keras;

/// <summary>Reads models that Keras saved: .h5 of Keras 1 to 3, with their configuration in them, the zip archives
/// .keras of Keras 3, and weights alone of any version.</summary>
public static class KerasFile
{
    private const string What = "is no Keras file that is read";
    private static readonly string[] s_roots = ["layers", "_layer_checkpoint_dependencies"]; // Keras 3, TensorFlow 2.12

    private static readonly string[] s_parts = ["cell", "forward_layer/cell", "backward_layer/cell", "layer", ""];

    /// <summary>Reads a file of either form.</summary>
    /// <param name="stream">Can seek; at its beginning.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="activation">recurrent_activation of weights alone; null: what is likely.</param>
    /// <exception cref="FileFormatException">It is damaged, or its network has what ours lack; the message names the
    /// layer and what of it.</exception>
    /// <exception cref="UsageException">The activation is none that is computed, or the file tells it.</exception>
    public static ForeignNetwork Read(Stream stream, string name, string? activation = null)
    {
        bool isZip = stream.ReadByte() == 'P';
        stream.Position = 0;
        ForeignNetwork network = isZip ? ReadZip(stream, name) : ReadH5(stream, name, activation);
        return activation != null && network.IsWhole
            ? throw new UsageException($"'{name}' tells the functions of its gates itself.") : network;
    }

    private static ForeignNetwork ReadH5(Stream stream, string name, string? activation)
    {
        using Hdf5File file = new(stream, name);
        string? version = file.Text(file.Root, "keras_version");
        IH5Group weights = file.Find(file.Root, "model_weights") ?? file.Root;
        if (file.Text(file.Root, "model_config") is not { } config)
            return KerasArrays.Assuming(activation, WeightsAlone(file, weights), version);
        return new KerasModel(version ?? "1", layer => Arrays(file, weights, layer.Name), file.Refuse).Read(config) with
        {
            Metadata = NpzFile.Metadata(file.Text(file.Root, KerasWriter.MetadataKey) ?? ""),
        };
    }

    /// <summary>The network of a file of save_weights.</summary>
    private static LstmModel WeightsAlone(Hdf5File file, IH5Group weights)
    {
        if (file.Texts(weights, "layer_names") is { } names)
            return KerasArrays.Network([.. names.SelectMany(layer => Arrays(file, weights, layer))], file.Refuse);
        IH5Group layers = s_roots.Select(root => file.Find(file.Root, root)).FirstOrDefault(group => group != null)
            ?? throw file.Refuse("it has neither a model's configuration nor a list of layers");
        // Layers are called after their classes and numbered, which leaves the order of different classes open.
        List<LstmLayer> stack = [];
        List<(string, LinearWeights)> linears = [];
        IReadOnlyList<IH5Group> groups = file.Groups(layers);
        foreach (string layer in ModelAssembly.InOrder([.. groups.Select(group => group.Name)]))
        {
            IH5Group group = groups.First(g => g.Name == layer);
            Tensor[][] parts = [.. s_parts.Select(part => Variables(file, group, part)).Where(part => part.Length > 0)];
            object[] read = [.. parts.Select(part => KerasArrays.Part(part, file.Refuse))];
            if (read is [LstmWeights forward, .. var rest] && rest is [] or [LstmWeights])
                stack.Add(new(forward, rest is [LstmWeights reverse] ? reverse : null));
            else if (read is [LinearWeights linear])
                linears.Add((layer, linear));
            else if (read.Length > 0)
                throw file.Refuse($"its layer '{layer}' is none that is read");
        }
        return ModelAssembly.Assemble(stack, linears, file.Name);
    }

    /// <summary>A layer's arrays in a file of Keras 1 and 2.</summary>
    private static Tensor[] Arrays(Hdf5File file, IH5Group weights, string layer)
    {
        IH5Group group = file.Find(weights, layer)
            ?? throw file.Refuse($"the weights of its layer '{layer}' are missing");
        return [.. (file.Texts(group, "weight_names") ?? []).Select(path => file.Floats(group, path))];
    }

    /// <summary>A part's arrays in a file of Keras 3: <c>vars/0</c>, <c>vars/1</c>, ...; none where there are
    /// none.</summary>
    private static Tensor[] Variables(Hdf5File file, IH5Group group, string part)
    {
        string path = part.Length > 0 ? $"{part}/vars" : "vars";
        return file.Find(group, path) is { } variables
            ? [.. Enumerable.Range(0, 3).TakeWhile(i => file.Has(variables, $"{i}"))
                .Select(i => file.Floats(variables, $"{i}"))] : [];
    }

    private static ForeignNetwork ReadZip(Stream stream, string name)
    {
        ZipEntries entries = new(name, What);
        return entries.Read(stream, zip =>
        {
            byte[] Content(string entry) => entries.Inflate(
                zip.GetEntry(entry) ?? throw entries.Refuse($"it has no {entry}"));
            string config = Encoding.UTF8.GetString(Content("config.json"));
            using MemoryStream weights = new(Content("model.weights.h5"));
            using Hdf5File file = new(weights, name);
            return new KerasModel(Version(Content("metadata.json")),
                layer => OfChain(file, layer, config), file.Refuse).Read(config) with
            {
                Metadata = NpzFile.Metadata(zip.Comment),
            };
        });
    }

    private static string Version(byte[] metadata)
    {
        try
        {
            return JsonNode.Parse(metadata)?["keras_version"]?.ToString() ?? "3";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "3";
        }
    }

    /// <summary>A layer's arrays: <c>layers/lstm_1/cell/vars/0</c>, named by class and number, not as the layer
    /// is.</summary>
    private static Tensor[] OfChain(Hdf5File file, KerasLayer layer, string config)
    {
        KerasLayer[] alike = [.. KerasLayer.Chain((JsonObject)JsonNode.Parse(config)!)
            .Where(l => l.Kind == layer.Kind)];
        int number = Array.FindIndex(alike, other => other.Name == layer.Name);
        string place = SnakeCase(layer.Kind) + (number > 0 ? $"_{number}" : "");
        IH5Group group = s_roots.Select(root => file.Find(file.Root, $"{root}/{place}")).FirstOrDefault(g => g != null)
            ?? throw file.Refuse($"the weights of its layer '{layer.Name}' are missing");
        string[] parts = layer.Kind switch
        {
            "LSTM" => ["cell"],
            "Bidirectional" => ["forward_layer/cell", "backward_layer/cell"],
            "TimeDistributed" => ["layer"],
            _ => [""],
        };
        return [.. parts.SelectMany(part => Variables(file, group, part))];
    }

    /// <summary>As keras.src.utils.naming writes classes: time_distributed, lstm.</summary>
    private static string SnakeCase(string name)
    {
        StringBuilder text = new();
        for (int i = 0; i < name.Length; i++)
        {
            bool isNew = i > 0 && char.IsUpper(name[i])
                && (char.IsLower(name[i - 1]) || i + 1 < name.Length && char.IsLower(name[i + 1]));
            text.Append(isNew ? "_" : "").Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}
