using System.Globalization;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Keras;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Formats.Onnx;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>Makes networks of PyTorch and Keras ours.</summary>
public static class ModelImport
{
    /// <summary>Reads the weights of a torch.nn.LSTM and torch.nn.Linear, or of Keras's LSTM and Dense, from a
    /// safetensors or .npz file, a model of ours, or a checkpoint. What the file does not tell is taken so: pixels in
    /// 0..1, square images, classes called 0, 1, ..., and where LSTM layers have two directions the classifier takes
    /// both final states, as PyTorch's h_n has them.</summary>
    /// <param name="notice">Told of each tensor that no layer needs, and of what is assumed.</param>
    /// <param name="activation">recurrent_activation of Keras's weights alone, as <see cref="KerasActivation"/> has it;
    /// null: what is likely.</param>
    /// <exception cref="FileFormatException">The file is damaged, of another format, or another kind of
    /// network.</exception>
    /// <exception cref="UsageException">The activation is none that is computed, or the file tells it.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read, or our layers lack something that its network
    /// has.</exception>
    public static Model Read(string path, Action<string>? notice = null, string? activation = null)
    {
        if (DataFile.Read(path, stream => ForeignModelFile.FormatOf(stream, path) switch
            {
                ModelFormat.Keras => KerasFile.Read(stream, path, activation),
                ModelFormat.Onnx => activation == null ? OnnxFile.Read(stream, path) : throw TellsItself(path),
                _ => null,
            }) is { } network)
            return Of(network, path, notice);
        TensorArchive file = TensorFile.Read(path);
        if (KerasArrays.IsList(file) || KerasNames.IsKeras(file.Tensors.Select(t => t.Name)) && !ModelNotes.AreIn(file))
            return Of(KerasArrays.Assuming(activation, KerasArrays.Read(file, notice), version: null), path, notice);
        if (activation != null)
            throw TellsItself(path);
        if (Model.IsOurs(file))
            return Model.Parse(file);
        if (Checkpoint.IsOurs(file))
            return Checkpoint.Parse(file).ToModel();
        LstmModel weights = LstmModelFile.Parse(file, notice);
        return Make(weights, ModelNotes.Read(file, (int)weights.Classes), Guess(weights, null, Head.Class), 0, path);
    }

    /// <summary>A model of Keras or ONNX: what its file does not tell is taken as above.</summary>
    private static Model Of(ForeignNetwork network, string path, Action<string>? notice)
    {
        if (network.Assumed is { } gates)
            notice?.Invoke($"'{path}' has weights alone: its gates are taken to be {gates} (--recurrent-activation).");
        ModelNotes? told = ModelNotes.Read(new(path, [], network.Metadata), (int)network.Weights.Classes);
        return Make(network.Weights, told, Guess(network.Weights, network.TimeSteps, network.Head), network.GateSlope,
            path) with
        {
            Reading = network.MaskValue is null && !network.IsBackwards ? null
                : new(network.MaskValue, network.IsBackwards),
        };
    }

    private static UsageException TellsItself(string path) =>
        new($"'{path}' is no file of Keras's weights alone, whose gates --recurrent-activation tells.");

    /// <summary>What is taken where nothing tells it.</summary>
    private static ModelNotes Guess(LstmModel weights, int? timeSteps, Head head) =>
        new(0, 1, timeSteps ?? (int)weights.InputSize,
            [.. Enumerable.Range(0, (int)weights.Classes).Select(c => c.ToString(CultureInfo.InvariantCulture))])
        {
            Head = head,
        };

    /// <param name="told">Null: nothing but the weights is known.</param>
    private static Model Make(LstmModel weights, ModelNotes? told, ModelNotes guess, float slope, string path)
    {
        ModelNotes notes = told ?? guess;
        Recipe recipe = Shape(weights, path) with { Mean = notes.Mean, Deviation = notes.Deviation };
        recipe = recipe with { Variant = recipe.Variant with { GateSlope = slope } };
        NetworkSpec network =
            recipe.Network(notes.TimeSteps, (int)weights.InputSize, (int)weights.Classes, notes.Head);
        return new(recipe, network, notes.Classes,
            (network.Biases == 2 ? weights.WithBothBiases() : weights).ToTensors())
        {
            IsGuessed = told == null, Features = notes.Features, Targets = notes.Targets, Series = notes.Series,
            Intervals = notes.Intervals,
        };
    }

    /// <summary>A recipe for the network of another: its layers, and how its inputs are normalised.</summary>
    public static Recipe Follow(Recipe recipe, Recipe model) => recipe with
    {
        PreLinear = model.PreLinear, Hidden = model.Hidden, Layers = model.Layers,
        Variant = recipe.Variant with
        {
            Bidirectional = model.Variant.Bidirectional, Projection = model.Variant.Projection,
            LayerNorm = model.Variant.LayerNorm,
        },
        Initialisation = model.Initialisation, Mean = model.Mean, Deviation = model.Deviation,
    };

    /// <summary>P; 0: none.</summary>
    private static long ProjectionOf(LstmWeights weights) => weights.WeightHr?.Shape[0] ?? 0;

    /// <summary>The default recipe with the layers of these weights.</summary>
    private static Recipe Shape(LstmModel weights, string path)
    {
        GpuLstmException Lacks(string what) => new($"'{path}' has {what}, which this program's layers lack.");

        bool isBidirectional = weights.Layers[0].Reverse is not null;
        long projection = ProjectionOf(weights.Layers[0].Forward);
        foreach (LstmLayer layer in weights.Layers)
        {
            if (layer.Directions.Any(d => ProjectionOf(d) != projection))
                throw Lacks("projections of different sizes");
            if (isBidirectional != layer.Reverse is not null)
                throw Lacks("LSTM layers of one and of two directions");
            if (layer.Directions.Any(d => d.HiddenSize != layer.Forward.HiddenSize))
                throw Lacks("an LSTM layer with directions of different sizes");
        }
        int[] widths = [.. weights.Layers.Select(l => (int)l.Forward.HiddenSize)];
        bool twoBiases = weights.Layers.SelectMany(l => l.Directions).Any(d => d.BiasHh is not null);
        return Recipes.Find(Recipes.Default) with
        {
            Name = "imported", Description = "", PreLinear = (int)(weights.Pre?.OutputSize ?? 0),
            Hidden = widths.Distinct().Count() == 1 ? widths[0] : new LayerWidths(widths), Layers = widths.Length,
            Variant = new() { Bidirectional = isBidirectional, Projection = (int)projection },
            Initialisation = twoBiases ? Initialisation.PyTorch : Initialisation.Keras,
        };
    }
}
