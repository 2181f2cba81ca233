namespace GpuLstm.Runtime.Formats.Models;

/// <summary>The tensors of one layer by the last part of their names, checked as they are taken.</summary>
/// <param name="module">The first part of their names.</param>
/// <param name="source">For messages.</param>
internal sealed class WeightGroup(string module, string source)
{
    private readonly Dictionary<string, Tensor> _tensors = [];

    public string Module => module;

    public bool Has(string kind) => _tensors.ContainsKey(kind);

    public void Add(string kind, Tensor tensor)
    {
        if (!_tensors.TryAdd(kind, tensor))
            throw ModelAssembly.Refuse(source, $"it has the {kind} of '{module}' twice");
    }

    /// <summary>A matrix.</summary>
    public Tensor Matrix(string kind)
    {
        if (!_tensors.TryGetValue(kind, out Tensor? tensor))
            throw ModelAssembly.Refuse(source, $"it has no {kind} of '{module}'");
        if (tensor.Shape is not [> 0, > 0])
            throw ModelAssembly.Refuse(
                source, $"'{tensor.Name}' has the shape {TensorShape.Text(tensor.Shape)}, where a matrix is needed");
        return tensor;
    }

    /// <summary>A matrix or vector of a known shape; null where the file has none.</summary>
    public Tensor? Find(string kind, params long[] shape)
    {
        if (!_tensors.TryGetValue(kind, out Tensor? tensor))
            return null;
        if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            throw ModelAssembly.Refuse(source, $"'{tensor.Name}' has the shape {TensorShape.Text(tensor.Shape)}, "
                + $"where {TensorShape.Text(shape)} is needed");
        return tensor;
    }

    /// <summary>A vector; zeros where the file has none.</summary>
    public Tensor Bias(string kind, long size) =>
        Find(kind, size) ?? new Tensor($"{module}.{kind}", [size], new float[size]);

    /// <summary>Checks that the recurrent weights have four gates.</summary>
    /// <param name="rows">Of the gates.</param>
    /// <param name="hidden">Of the state.</param>
    /// <returns>H.</returns>
    public long HiddenSize(long rows, long hidden, bool projected)
    {
        if (!projected && rows == 3 * hidden)
            throw ModelAssembly.Refuse(source, $"'{module}' is a GRU, with three gates");
        if (!projected && rows == hidden)
            throw ModelAssembly.Refuse(source, $"'{module}' is a plain RNN, without gates");
        if (rows % 4 != 0 || (!projected && rows != 4 * hidden))
            throw ModelAssembly.Refuse(source, $"'{module}' has {rows} gate rows for {hidden} states");
        return rows / 4;
    }
}
