using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>A trained network on disk: its tensors under PyTorch's names, and in the metadata all that is needed to run it.</summary>
/// <param name="Recipe">How it was trained; its Mean and Deviation belong to its inputs.</param>
/// <param name="Classes">The classes' names, in label order.</param>
/// <param name="Tensors">One per parameter of <paramref name="Network"/>.</param>
public sealed record Model(Recipe Recipe, NetworkSpec Network, IReadOnlyList<string> Classes, IReadOnlyList<Tensor> Tensors)
{
    private const string FormatKey = "gpulstm_format", RecipeKey = "recipe", NetworkKey = "network", ClassesKey = "classes";
    private const string FormatVersion = "1";

    /// <summary>A copy of parameters as they stand now.</summary>
    public static Model Of(Recipe recipe, NetworkSpec network, IReadOnlyList<string> classes, ParameterSet parameters) =>
        new(recipe, network, classes, parameters.ToTensors(parameters.Values));

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Save(string path) => SafetensorsFile.Write(path, Tensors, new Dictionary<string, string>
    {
        ["format"] = "pt", // the convention by which other readers know PyTorch's layouts
        [FormatKey] = FormatVersion,
        [RecipeKey] = MetadataJson.Write(Recipe),
        [NetworkKey] = MetadataJson.Write(Network),
        [ClassesKey] = MetadataJson.Write(Classes),
    });

    /// <exception cref="FileFormatException">The file is damaged, of another program, or its tensors are not its network's.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read.</exception>
    public static Model Load(string path)
    {
        TensorArchive file = SafetensorsFile.Read(path);
        if (!file.Metadata.TryGetValue(FormatKey, out string? version))
            throw new FileFormatException($"'{path}' is a safetensors file, but not one of this program's models: its metadata lacks '{FormatKey}'.");
        if (version != FormatVersion)
            throw new FileFormatException($"'{path}' has model format {version}; this program reads format {FormatVersion}.");
        var recipe = MetadataJson.Read<Recipe>(file, RecipeKey);
        var network = MetadataJson.Read<NetworkSpec>(file, NetworkKey);
        var classes = MetadataJson.Read<string[]>(file, ClassesKey);
        IReadOnlyList<Tensor> tensors = file.ToFloats();
        Check(path, network, classes, tensors);
        return new(recipe, network, classes, tensors);
    }

    /// <summary>The parameters on a device, for inference.</summary>
    public ParameterSet Upload(Accelerator accelerator)
    {
        var parameters = new ParameterSet(accelerator, Network.Parameters(), training: false);
        foreach (Tensor tensor in Tensors)
            parameters.Value(tensor.Name).CopyFrom(tensor.Values);
        return parameters;
    }

    private static void Check(string path, NetworkSpec network, string[] classes, IReadOnlyList<Tensor> tensors)
    {
        bool sizes = network is { TimeSteps: > 0, InputSize: > 0, PreLinear: >= 0, Layers: > 0 and < 1000, Biases: 1 or 2 }
            && network.HiddenSize.Fit(network.Layers) && network.Variant.Projection >= 0;
        if (!sizes || network.Classes != classes.Length)
            throw new FileFormatException($"'{path}' describes a network of impossible sizes.");
        IReadOnlyList<ParameterSpec> specs = network.Parameters();
        foreach (ParameterSpec spec in specs)
            if (!tensors.Any(t => t.Name == spec.Name && t.Shape.SequenceEqual(spec.Shape)))
                throw new FileFormatException($"'{path}' lacks the tensor '{spec.Name}' of shape {spec.ShapeText} that its network needs.");
        if (tensors.Count != specs.Count)
            throw new FileFormatException($"'{path}' holds {tensors.Count} tensors, and its network has {specs.Count}.");
    }
}
