using System.Globalization;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>Makes networks of PyTorch and Keras ours.</summary>
public static class ModelImport
{
    /// <summary>Reads the weights of a torch.nn.LSTM and torch.nn.Linear, or of Keras's LSTM and Dense, from a
    /// safetensors or .npz file, or a model of ours. What the file does not tell is taken so: pixels in 0..1, square
    /// images, classes called 0, 1, ...</summary>
    /// <exception cref="FileFormatException">The file is damaged, of another format, or another kind of
    /// network.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read, or our layers lack something that its network
    /// has.</exception>
    public static Model Read(string path)
    {
        TensorArchive file = TensorFile.Read(path);
        if (Model.IsOurs(file))
            return Model.Parse(file);
        LstmModel weights = LstmModelFile.Parse(file);
        int classes = (int)weights.Classes;
        ModelNotes notes = ModelNotes.Read(file, classes) ?? new(0, 1, (int)weights.InputSize,
            [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))]);
        Recipe recipe = Shape(weights, path) with { Mean = notes.Mean, Deviation = notes.Deviation };
        NetworkSpec network = recipe.Network(notes.TimeSteps, (int)weights.InputSize, classes);
        IReadOnlyList<Tensor> tensors = network.Biases == 2 ? TorchNames.ToStateDict(weights) : weights.ToTensors();
        return new(recipe, network, notes.Classes, tensors);
    }

    /// <summary>A recipe for the network of another: its layers, and how its inputs are normalised.</summary>
    public static Recipe Follow(Recipe recipe, Recipe model) => recipe with
    {
        PreLinear = model.PreLinear, Hidden = model.Hidden, Layers = model.Layers,
        Initialisation = model.Initialisation, Mean = model.Mean, Deviation = model.Deviation,
    };

    /// <summary>The default recipe with the layers of these weights.</summary>
    private static Recipe Shape(LstmModel weights, string path)
    {
        GpuLstmException Lacks(string what) => new($"'{path}' has {what}, which this program's layers lack.");

        LstmLayer first = weights.Layers[0];
        foreach (LstmLayer layer in weights.Layers)
        {
            if (layer.Reverse is not null)
                throw Lacks("LSTM layers of two directions");
            if (layer.Forward.WeightHr is not null)
                throw Lacks("projections");
            if (layer.Forward.HiddenSize != first.Forward.HiddenSize)
                throw Lacks("LSTM layers of different sizes");
        }
        bool twoBiases = weights.Layers.SelectMany(l => l.Directions).Any(d => d.BiasHh is not null);
        return Recipes.Find(Recipes.Default) with
        {
            Name = "imported", Description = "", PreLinear = (int)(weights.Pre?.OutputSize ?? 0),
            Hidden = (int)first.Forward.HiddenSize, Layers = weights.Layers.Count,
            Initialisation = twoBiases ? Initialisation.PyTorch : Initialisation.Keras,
        };
    }
}
