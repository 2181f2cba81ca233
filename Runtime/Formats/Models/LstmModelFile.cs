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
    /// <param name="notice">Told of each tensor that no layer needs.</param>
    public static LstmModel Parse(TensorArchive archive, Action<string>? notice = null)
    {
        // The state of Keras's dropout is among its weights, and PyTorch counts batches there.
        List<StoredTensor> weights = [];
        foreach (StoredTensor tensor in archive.Tensors)
            if (tensor.Type.IsFloat() && !tensor.Name.Contains("seed_generator", StringComparison.Ordinal))
                weights.Add(tensor);
            else
                notice?.Invoke($"'{tensor.Name}' in '{archive.Source}' ({tensor.Type}) is no weight, and is left out.");
        IReadOnlyList<Tensor> tensors = (archive with { Tensors = weights }).ToFloats();
        return KerasNames.IsKeras(tensors.Select(t => t.Name))
            ? KerasNames.Parse(tensors, archive.Source)
            : TorchNames.Parse(tensors, archive.Source, notice);
    }
}
