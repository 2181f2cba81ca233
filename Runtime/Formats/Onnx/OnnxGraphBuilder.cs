using System.Buffers.Binary;
using Google.Protobuf;

namespace GpuLstm.Runtime.Formats.Onnx;

/// <summary>Adds nodes and constants to a graph. A node is called as its first output is.</summary>
internal sealed class OnnxGraphBuilder(string name)
{
    public GraphProto Graph { get; } = new() { Name = name };

    /// <summary>Adds a node; returns the name of its only or last output.</summary>
    public string Node(string operation, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        NodeProto node = new() { OpType = operation, Name = $"{outputs[^1]}/{operation}" };
        node.Input.Add(inputs);
        node.Output.Add(outputs);
        node.Attribute.Add(attributes);
        Graph.Node.Add(node);
        return outputs[^1];
    }

    /// <summary>Adds a constant of float32.</summary>
    public string Constant(string constant, long[] shape, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return Constant(constant, TensorProto.Types.DataType.Float, shape, bytes);
    }

    /// <summary>Adds a constant of 64-bit integers: a vector, or a single one without dimension.</summary>
    public string Integers(string constant, bool scalar, params ReadOnlySpan<long> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(long)];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return Constant(constant, TensorProto.Types.DataType.Int64, scalar ? [] : [values.Length], bytes);
    }

    /// <summary>Declares an input or output of float32; a dimension without size is free under its name.</summary>
    public static ValueInfoProto Value(string name, string description, params (string Name, long? Size)[] shape)
    {
        TensorShapeProto dimensions = new();
        foreach ((string dimension, long? size) in shape)
            dimensions.Dim.Add(size is { } fixedSize
                ? new TensorShapeProto.Types.Dimension { DimValue = fixedSize }
                : new TensorShapeProto.Types.Dimension { DimParam = dimension });
        TypeProto.Types.Tensor tensor = new() { ElemType = (int)TensorProto.Types.DataType.Float, Shape = dimensions };
        return new ValueInfoProto { Name = name, DocString = description, Type = new() { TensorType = tensor } };
    }

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Attribute(string name, string value) =>
        new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = AttributeProto.Types.AttributeType.String };

    public static AttributeProto Attribute(string name, long[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    public static AttributeProto Attribute(string name, string[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Strings };
        attribute.Strings.Add(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }

    public static AttributeProto Attribute(string name, float[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Floats };
        attribute.Floats.Add(values);
        return attribute;
    }

    private string Constant(string constant, TensorProto.Types.DataType type, long[] shape, byte[] bytes)
    {
        TensorProto tensor = new() { Name = constant, DataType = (int)type };
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        tensor.Dims.Add(shape);
        Graph.Initializer.Add(tensor);
        return constant;
    }
}
