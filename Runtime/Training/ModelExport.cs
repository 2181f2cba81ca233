using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Keras;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Formats.Onnx;
using GpuLstm.Runtime.Formats.Torch;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>The formats that a model travels in.</summary>
public enum ExportFormat
{
    /// <summary>The state_dict of torch.nn.LSTM and torch.nn.Linear, as torch.save writes it where the file's extension
    /// says so, else as safetensors.</summary>
    Torch,

    /// <summary>The same state_dict as NumPy's .npz.</summary>
    Npz,

    /// <summary>A Sequential model of Keras where the file's extension says so, else its variables as NumPy's
    /// .npz.</summary>
    Keras,

    /// <summary>A graph that an ONNX runtime evaluates.</summary>
    Onnx,

    /// <summary>This program's own model file.</summary>
    Safetensors,
}

/// <summary>Writes models for other programs.</summary>
public static class ModelExport
{
    /// <summary>Writes a file, whole or not at all. How inputs are normalised and the names of the classes are in its
    /// metadata; in an .npz file those are the comment of the zip archive.</summary>
    /// <param name="overwrite">Whether a file of this name may be replaced.</param>
    /// <param name="softmax">ONNX: whether the output is probabilities, else logits.</param>
    /// <param name="opset">ONNX: the operator set, 14 to 17.</param>
    /// <exception cref="UsageException">There is no such operator set.</exception>
    /// <exception cref="GpuLstmException">The format cannot express the network, the file exists and may not be
    /// replaced, or it cannot be written.</exception>
    public static void Write(
        Model model, ExportFormat format, string path, bool overwrite, bool softmax = false, int? opset = null)
    {
        if (format == ExportFormat.Safetensors)
        {
            model.Save(path, overwrite);
            return;
        }
        ModelNotes notes = ModelNotes.Of(model);
        LstmModel weights = model.Weights(hasHardGates: format == ExportFormat.Onnx
            || format == ExportFormat.Keras && KerasWriter.HasExtension(path));
        Dictionary<string, string> metadata = notes.ToMetadata();
        switch (format)
        {
            case ExportFormat.Torch when TorchFile.HasExtension(path):
                TorchWriter.Write(path, TorchNames.ToStateDict(weights), metadata, overwrite);
                break;
            case ExportFormat.Torch:
                metadata[Model.LayoutKey] = Model.TorchLayout;
                SafetensorsFile.Write(path, TorchNames.ToStateDict(weights), metadata, overwrite);
                break;
            case ExportFormat.Npz:
                NpzFile.Write(path, TorchNames.ToStateDict(weights), metadata, overwrite);
                break;
            case ExportFormat.Keras when KerasWriter.HasExtension(path):
                KerasWriter.Write(path, new(weights, model.Network.Variant.GateSlope, model.Network.Head,
                    HasAnySteps(model) ? null : model.Network.TimeSteps) { Metadata = metadata }, overwrite);
                break;
            case ExportFormat.Keras:
                NpzFile.Write(path, KerasNames.ToVariables(weights), metadata, overwrite);
                break;
            case ExportFormat.Onnx:
                if (softmax && model.Network.Head == Head.Values)
                    throw new UsageException("--softmax goes with classes; the model answers numbers.");
                var description = new OnnxModelDescription(weights)
                {
                    GateSlope = model.Network.Variant.GateSlope,
                    EveryStep = model.Network.Head == Head.StepClasses,
                    TimeSteps = model.Network.TimeSteps, Softmax = softmax, FinalStates = true, Metadata = metadata,
                    InputDescription = notes.Input, OutputName = softmax ? "probabilities"
                        : model.Network.Head == Head.Values ? "values" : "logits",
                };
                OnnxExport.Write(path, opset is { } set ? description with { Opset = set } : description, overwrite);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format));
        }
    }

    /// <summary>Whether it takes sequences of any length: neither images nor windows of a series.</summary>
    private static bool HasAnySteps(Model model) => model is { Features: not null, Series: null };
}
