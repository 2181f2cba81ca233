using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats.Torch;

namespace GpuLstm.Runtime.Formats;

/// <summary>Reads tensors from whatever file a user names.</summary>
public static class TensorFile
{
    /// <summary>Reads a safetensors or .npz file, or one of torch.save, told apart by its content.</summary>
    /// <exception cref="FileFormatException">It is none, or damaged, or a model of Keras or ONNX, which is more
    /// than tensors.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read.</exception>
    public static TensorArchive Read(string path) => DataFile.Read(path, stream => Read(stream, path));

    /// <inheritdoc cref="Read(string)"/>
    /// <param name="stream">Can seek.</param>
    /// <param name="name">What messages call it.</param>
    public static TensorArchive Read(Stream stream, string name)
    {
        ModelFormat format = ForeignModelFile.FormatOf(stream, name);
        if (format == ModelFormat.Torch)
            return TorchFile.Read(stream, name);
        if (format is ModelFormat.Keras or ModelFormat.Onnx)
            throw Refusal.Of(name, "is no file of tensors",
                $"it is a model of {(format == ModelFormat.Keras ? "Keras" : "ONNX")}");
        bool zip = stream.ReadByte() == 'P' && stream.ReadByte() == 'K';
        stream.Position = 0;
        return zip ? NpzFile.Read(stream, name) : SafetensorsFile.Read(stream, name);
    }
}
