using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PureHDF;

namespace GpuLstm.Runtime.Formats.Keras;

/// <summary>Reads models that Keras saved: .h5 of Keras 1 to 3, with their configuration in them, and the zip archives
/// .keras of Keras 3.</summary>
public static class KerasFile
{
    private const string What = "is no Keras file that is read";

    /// <summary>Reads either form.</summary>
    /// <param name="stream">Can seek; at its beginning.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FileFormatException">It is damaged, or its network has what ours lack; the message names the layer
    /// and what of it.</exception>
    public static KerasNetwork Read(Stream stream, string name)
    {
        bool isZip = stream.ReadByte() == 'P';
        stream.Position = 0;
        return isZip ? ReadZip(stream, name) : ReadH5(stream, name);
    }

    private static KerasNetwork ReadH5(Stream stream, string name)
    {
        using Hdf5File file = new(stream, name);
        string config = file.Text(file.Root, "model_config") ?? throw file.Refuse(
            "it has weights alone, without the layers' options: model.save(FILE), not save_weights, writes both");
        string version = file.Text(file.Root, "keras_version") ?? "1";
        IH5Group weights = file.Find(file.Root, "model_weights") ?? throw file.Refuse("it has no weights");
        return new KerasModel(version, layer =>
        {
            IH5Group group = file.Find(weights, layer.Name)
                ?? throw file.Refuse($"the weights of its layer '{layer.Name}' are missing");
            return [.. (file.Texts(group, "weight_names") ?? []).Select(path => file.Floats(group, path))];
        }, file.Refuse).Read(config);
    }

    private static KerasNetwork ReadZip(Stream stream, string name)
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
                layer => Arrays(file, layer, config), file.Refuse).Read(config);
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
    private static Tensor[] Arrays(Hdf5File file, KerasLayer layer, string config)
    {
        KerasLayer[] alike = [.. KerasLayer.Chain((JsonObject)JsonNode.Parse(config)!).Where(l => l.Kind == layer.Kind)];
        int number = Array.FindIndex(alike, other => other.Name == layer.Name);
        string place = SnakeCase(layer.Kind) + (number > 0 ? $"_{number}" : "");
        string[] parts = layer.Kind switch
        {
            "LSTM" => ["cell"],
            "Bidirectional" => ["forward_layer/cell", "backward_layer/cell"],
            "TimeDistributed" => ["layer"],
            _ => [""],
        };
        List<Tensor> arrays = [];
        foreach (string part in parts)
        {
            string path = string.Join('/', new[] { "layers", place, part, "vars" }.Where(p => p.Length > 0));
            IH5Group group = file.Find(file.Root, path) ?? throw file.Refuse($"the weights '{path}' are missing");
            for (int i = 0; i < 3 && group.LinkExists($"{i}"); i++)
                arrays.Add(file.Floats(group, $"{i}"));
        }
        return [.. arrays];
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
