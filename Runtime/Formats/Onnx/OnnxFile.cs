using Google.Protobuf;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Formats.Onnx.Reading;
using static GpuLstm.Runtime.Formats.Onnx.TensorShapeProto.Types;

namespace GpuLstm.Runtime.Formats.Onnx;

/// <summary>Reads networks from ONNX files (https://onnx.ai/onnx/intro/concepts.html), however the graph writes
/// them.</summary>
public static class OnnxFile
{
    private const string What = "is no ONNX file that is read";

    /// <summary>Reads an LSTM network: Linear layers before and after LSTM nodes, and what moves axes about between
    /// them.</summary>
    /// <param name="stream">Can seek; at its beginning.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FileFormatException">It is damaged, or its graph does what ours lack; the message names the
    /// node.</exception>
    public static ForeignNetwork Read(Stream stream, string name)
    {
        FileFormatException Refuse(string how) => Refusal.Of(name, What, how);
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(stream);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Refusal.Of(name, What, $"it is damaged or another kind of file ({e.Message.TrimEnd('.')})", e);
        }
        if (model.Graph is not { Node.Count: > 0 } graph)
            throw Refuse("it has no graph");
        long opset = model.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version ?? 1;
        Dictionary<string, string> metadata = [];
        foreach (StringStringEntryProto entry in model.MetadataProps)
            metadata[entry.Key] = entry.Value;
        return Network(graph, opset, stream.Length, Refuse) with { Metadata = metadata };
    }

    private static ForeignNetwork Network(
        GraphProto graph, long opset, long bytes, Func<string, FileFormatException> refuse)
    {
        HashSet<string> constants = [.. graph.Initializer.Select(tensor => tensor.Name)];
        ValueInfoProto[] inputs = [.. graph.Input.Where(value => !constants.Contains(value.Name))];
        ValueInfoProto input = inputs.FirstOrDefault(IsSequence) ?? throw refuse("its graph has no input of sequences");
        long?[] shape = [.. input.Type.TensorType.Shape.Dim.Select(SizeOf)];
        if (shape[^1] is not { } features)
            throw refuse($"its input '{input.Name}' does not say how many features it has");
        (Factor[][] axes, long?[] sizes) = Axes(shape);
        OnnxLayers layers = new(sizes);
        OnnxInterpreter values = new(opset, layers, new(layers, sizes), new(bytes));
        foreach (ValueInfoProto other in inputs)
            values[other.Name] = other == input ? new Flow([layers.Add(new InputPoint(features), Moment.All)], axes)
                : new Unknown($"it has a second input '{other.Name}'");
        foreach (TensorProto tensor in graph.Initializer)
            values[tensor.Name] = ReadConstant(tensor);
        foreach (NodeProto node in graph.Node)
            values.Run(node);
        string? why = null;
        foreach (ValueInfoProto output in graph.Output)
            try
            {
                return values[output.Name] switch
                {
                    Flow flow => layers.Network(flow, refuse),
                    Unknown unknown => throw new NotFollowedException(unknown.Why),
                    _ => throw new NotFollowedException($"its output '{output.Name}' does not follow from its input"),
                };
            }
            catch (NotFollowedException e)
            {
                why ??= values[output.Name] is Flow ? $"its output '{output.Name}' {e.Message}" : e.Message;
            }
        throw refuse(why ?? "its graph has no output");
    }

    private static OnnxValue ReadConstant(TensorProto tensor)
    {
        try
        {
            return OnnxConstants.Read(tensor);
        }
        catch (Exception e) when (e is NotFollowedException or ArgumentException)
        {
            return new Unknown($"its constant '{tensor.Name}' "
                + $"{(e is NotFollowedException ? e.Message : "is damaged")}");
        }
    }

    /// <summary>[N, T, I], [N, 1, T, I] or [N, features].</summary>
    private static bool IsSequence(ValueInfoProto value) =>
        value.Type?.TensorType?.Shape?.Dim.Count is 2 or 3 or 4
        && (value.Type.TensorType.Shape.Dim.Count < 4 || SizeOf(value.Type.TensorType.Shape.Dim[1]) == 1);

    private static long? SizeOf(Dimension dimension) =>
        dimension.ValueCase == Dimension.ValueOneofCase.DimValue && dimension.DimValue > 0 ? dimension.DimValue : null;

    private static (Factor[][] Axes, long?[] Sizes) Axes(long?[] shape) => shape.Length switch
    {
        2 => ([[Factor.First], [Factor.Unit]], [shape[0], null]),
        3 => ([[Factor.First], [Factor.Second], [Factor.Unit]], [shape[0], shape[1]]),
        _ => ([[Factor.First], [], [Factor.Second], [Factor.Unit]], [shape[0], shape[2]]),
    };
}
