namespace GpuLstm.Runtime.Formats.Models;

/// <summary>Reads networks from the files of other frameworks.</summary>
public static class LstmModelFile
{
    /// <summary>Reads the weights that PyTorch, Keras or this program saved, from a safetensors or .npz file.</summary>
    /// <exception cref="FileFormatException">The file is damaged, of another format, or holds another kind of
    /// network.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read.</exception>
    public static LstmModel Read(string path) => Parse(TensorFile.Read(path));

    /// <inheritdoc cref="Read(string)"/>
    public static LstmModel Parse(TensorArchive archive)
    {
        // The state of Keras's dropout is among its weights.
        StoredTensor[] weights =
            [.. archive.Tensors.Where(t => !t.Name.Contains("seed_generator", StringComparison.Ordinal))];
        IReadOnlyList<Tensor> tensors = (archive with { Tensors = weights }).ToFloats();
        return KerasNames.IsKeras(tensors)
            ? KerasNames.Parse(tensors, archive.Source)
            : TorchNames.Parse(tensors, archive.Source);
    }
}
