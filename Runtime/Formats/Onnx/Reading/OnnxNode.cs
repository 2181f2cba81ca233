namespace GpuLstm.Runtime.Formats.Onnx.Reading;

/// <summary>A node with what it reads.</summary>
/// <param name="inputs">Null: left out.</param>
/// <param name="opset">Version of the operator set.</param>
internal sealed class OnnxNode(NodeProto node, OnnxValue?[] inputs, long opset)
{
    public string Kind => node.OpType;

    /// <summary>Version of the operator set.</summary>
    public long Opset => opset;

    public int Outputs => node.Output.Count;

    /// <summary>All inputs that are there.</summary>
    public OnnxValue[] All => [.. inputs.OfType<OnnxValue>()];

    public OnnxValue? Optional(int index) => index < inputs.Length ? inputs[index] : null;

    /// <exception cref="NotFollowedException">It is left out.</exception>
    public OnnxValue this[int index] => Optional(index)
        ?? throw new NotFollowedException($"has no input {index}");

    public bool Has(string attribute) => Find(attribute) != null;

    public long Integer(string attribute, long otherwise) => Find(attribute)?.I ?? otherwise;

    public float Float(string attribute, float otherwise) => Find(attribute)?.F ?? otherwise;

    public string Text(string attribute, string otherwise) => Find(attribute)?.S.ToStringUtf8() ?? otherwise;

    public string[] Texts(string attribute) => [.. Find(attribute)?.Strings.Select(text => text.ToStringUtf8()) ?? []];

    public float[] Floats(string attribute) => [.. Find(attribute)?.Floats ?? []];

    public TensorProto? Tensor(string attribute) => Find(attribute)?.T;

    /// <summary>Numbers that are an attribute in older operator sets and an input in newer ones; null:
    /// neither.</summary>
    public long[]? Numbers(string attribute, int input) => Find(attribute) is { } given ? [.. given.Ints]
        : Optional(input) switch
        {
            null => null,
            Integers numbers => numbers.Known(),
            _ => throw new NotFollowedException($"computes its {attribute}"),
        };

    private AttributeProto? Find(string attribute) => node.Attribute.FirstOrDefault(a => a.Name == attribute);
}
