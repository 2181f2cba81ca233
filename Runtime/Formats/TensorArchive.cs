namespace GpuLstm.Runtime.Formats;

/// <summary>The content of a file of named tensors.</summary>
/// <param name="Source">The file, for messages.</param>
/// <param name="Tensors">In the order of the file; names differ.</param>
/// <param name="Metadata">The file's texts by key; empty where its format has none.</param>
public sealed record TensorArchive(
    string Source, IReadOnlyList<StoredTensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>All tensors as float32.</summary>
    /// <exception cref="FileFormatException">One holds no floating-point numbers.</exception>
    public IReadOnlyList<Tensor> ToFloats()
    {
        StoredTensor? other = Tensors.FirstOrDefault(t => !t.Type.IsFloat());
        if (other is not null)
            throw Refusal.Of(
                Source, "is no file of floating-point numbers", $"'{other.Name}' has the type {other.Type}");
        return [.. Tensors.Select(t => t.ToFloats())];
    }

    /// <summary>The tensor of a name, or null.</summary>
    public StoredTensor? Find(string name) => Tensors.FirstOrDefault(t => t.Name == name);
}
