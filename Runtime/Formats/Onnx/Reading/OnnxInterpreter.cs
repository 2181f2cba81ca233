namespace GpuLstm.Runtime.Formats.Onnx.Reading;

/// <summary>Follows the input of a graph through its nodes: which layers they are, and what becomes of their outputs.
/// What is not understood is <see cref="Unknown"/>, and matters only where the output needs it.</summary>
internal sealed class OnnxInterpreter(long opset, OnnxLayers layers, OnnxShapes shapes, OnnxConstants constants)
{
    private readonly Dictionary<string, OnnxValue> _values = [];

    public OnnxValue this[string name]
    {
        get => _values.GetValueOrDefault(name) ?? new Unknown($"'{name}' is nowhere in it");
        set => _values[name] = value;
    }

    /// <summary>Evaluates a node; those that it reads come before.</summary>
    public void Run(NodeProto node)
    {
        OnnxValue?[] inputs = [.. node.Input.Select(name => name.Length == 0 ? null : this[name])];
        OnnxValue[] outputs;
        if (inputs.OfType<Unknown>().FirstOrDefault() is { } unknown)
            outputs = [.. node.Output.Select(_ => unknown)];
        else
            try
            {
                outputs = node.Domain is "" or "ai.onnx" ? Evaluate(new(node, inputs, opset))
                    : throw new NotFollowedException($"is of the operators of {node.Domain}");
            }
            catch (Exception e) when (e is NotFollowedException or IndexOutOfRangeException or OverflowException)
            {
                string why = e is NotFollowedException ? e.Message : "names what is not there";
                Unknown because = new($"its node '{NameOf(node)}' ({node.OpType}) {why}");
                outputs = [.. node.Output.Select(_ => because)];
            }
        for (int i = 0; i < node.Output.Count; i++)
            if (node.Output[i].Length > 0)
                this[node.Output[i]] = i < outputs.Length ? outputs[i]
                    : new Unknown($"its node '{NameOf(node)}' ({node.OpType}) has an output {i} that is not followed");
    }

    private static string NameOf(NodeProto node) =>
        node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "";

    private OnnxValue[] Evaluate(OnnxNode node) => node.Kind switch
    {
        "Identity" or "Dropout" => [node[0]],
        "Cast" => [node.Integer("to", 0) is 1 or 6 or 7 or 10 or 11 ? node[0]
            : throw new NotFollowedException("makes something else than numbers")],
        "Constant" => [Constant(node)],
        "ConstantOfShape" => [new Filled(FillOf(node.Tensor("value")))],
        "Expand" or "Tile" => [Fill(node[0])],
        "Shape" => [Shape(node)],
        "Add" or "Sub" or "Mul" or "Div" => [OnnxArithmetic.Evaluate(node, layers)],
        "Transpose" => [Transpose(node)],
        "Squeeze" or "Unsqueeze" => [Ones(node)],
        "Reshape" or "Flatten" => [Reshape(node)],
        "Slice" => [Slice(node)],
        "Gather" => [Gather(node)],
        "Concat" => [Concat(node)],
        "Split" => Split(node),
        "LSTM" => OnnxLstmNode.Evaluate(node, layers),
        "MatMul" or "Gemm" => [OnnxArithmetic.Product(node, layers, constants)],
        "Softmax" or "LogSoftmax" => [Softmax(node)],
        _ => throw new NotFollowedException("is none that is read"),
    };

    private static OnnxValue Constant(OnnxNode node) => node.Tensor("value") is { } tensor ? OnnxConstants.Read(tensor)
        : node.Has("value_int") ? new Integers([node.Integer("value_int", 0)], IsScalar: true)
        : node.Has("value_ints") ? new Integers([.. node.Numbers("value_ints", 0)!.Select(n => (Size)n)])
        : throw new NotFollowedException("is of a kind that is not read");

    private static Size FillOf(TensorProto? tensor) => tensor == null ? 0 : OnnxConstants.Read(tensor) switch
    {
        Integers { Values: [var value] } => value,
        Constant { Tensor.Values: [0f] } => 0,
        _ => throw new NotFollowedException("fills a tensor with other numbers than zeros"),
    };

    private static OnnxValue Fill(OnnxValue value) => value switch
    {
        Filled => value,
        Integers { Values: [var only] } => new Filled(only),
        Constant constant when constant.Tensor.Values.AsSpan().IndexOfAnyExcept(0f) < 0 => new Filled(0),
        _ => throw new NotFollowedException("repeats what is not followed"),
    };

    private Integers Shape(OnnxNode node)
    {
        Integers all = node[0] switch
        {
            Flow flow => shapes.Shape(flow),
            Constant constant => new([.. constant.Tensor.Shape.Select(size => (Size)size)]),
            _ => throw new NotFollowedException("asks for a shape that is not followed"),
        };
        int rank = all.Values.Length;
        return new Integers(all.Values[OnnxShapes.Range(node.Integer("start", 0), node.Integer("end", rank), rank)]);
    }

    private OnnxValue Transpose(OnnxNode node)
    {
        int rank = Rank(node[0]);
        int[] axes = node.Numbers("perm", 1) is { } given ? [.. given.Select(axis => OnnxShapes.Axis(axis, rank))]
            : [.. Enumerable.Range(0, rank).Reverse()];
        if (axes.Distinct().Count() != rank)
            throw new NotFollowedException("has other axes than its input");
        return node[0] switch
        {
            Flow flow => OnnxShapes.Transpose(flow, axes),
            Constant constant => constants.Transpose(constant.Tensor, axes),
            var other => other,
        };
    }

    private OnnxValue Ones(OnnxNode node)
    {
        bool adds = node.Kind == "Unsqueeze";
        long[]? axes = node.Numbers("axes", 1);
        if (adds && axes == null)
            throw new NotFollowedException("has no axes");
        return node[0] switch
        {
            Flow flow => adds ? OnnxShapes.Unsqueeze(flow, axes!) : shapes.Squeeze(flow, axes),
            Integers { Values.Length: 1 } integers => integers with { IsScalar = !adds },
            Constant { Tensor: var tensor } => OnnxConstants.Reshape(tensor, WithOnes(tensor.Shape, axes, adds)),
            Filled filled => filled,
            _ => throw new NotFollowedException("changes the axes of what is not followed"),
        };
    }

    private static long[] WithOnes(long[] shape, long[]? axes, bool adds)
    {
        List<long> sizes = [.. shape];
        if (!adds)
            return [.. sizes.Where((size, i) => axes == null ? size != 1
                : !axes.Any(axis => OnnxShapes.Axis(axis, shape.Length) == i))];
        foreach (int axis in axes!.Select(axis => OnnxShapes.Axis(axis, shape.Length + axes!.Length)).Order())
            sizes.Insert(Math.Min(axis, sizes.Count), 1);
        return [.. sizes];
    }

    private OnnxValue Reshape(OnnxNode node)
    {
        if (node.Kind == "Flatten")
            return node[0] is Flow whole ? OnnxShapes.Flatten(whole, node.Integer("axis", 1))
                : throw new NotFollowedException("flattens what is not followed");
        if (node[1] is not Integers target || node.Integer("allowzero", 0) != 0)
            throw new NotFollowedException("computes its shape");
        return node[0] switch
        {
            Flow flow => shapes.Reshape(flow, target.Values),
            Constant constant => OnnxConstants.Reshape(constant.Tensor, target.Known()),
            Integers integers when target.Values.Length <= 1 => integers with { IsScalar = target.Values.Length == 0 },
            Filled filled => filled,
            _ => throw new NotFollowedException("reshapes what is not followed"),
        };
    }

    private OnnxValue Slice(OnnxNode node)
    {
        long[] starts = node.Numbers("starts", 1) ?? throw new NotFollowedException("has no starts");
        long[] ends = node.Numbers("ends", 2) ?? throw new NotFollowedException("has no ends");
        long[] axes = node.Numbers("axes", 3) ?? [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        if (node.Numbers("steps", 4) is { } steps && steps.Any(step => step != 1))
            throw new NotFollowedException("takes steps of other length than 1");
        OnnxValue value = node[0];
        for (int i = 0; i < axes.Length && value is not Filled; i++)
        {
            int axis = OnnxShapes.Axis(axes[i], Rank(value));
            value = value is Flow flow ? shapes.Slice(flow, axis, starts[i], ends[i])
                : Part(value, axis, starts[i], ends[i]);
        }
        return value;
    }

    /// <summary>Part of a constant.</summary>
    private OnnxValue Part(OnnxValue value, int axis, long start, long end)
    {
        long size = value is Integers { Values.Length: var count } ? count : ((Constant)value).Tensor.Shape[axis];
        Range range = OnnxShapes.Range(start, end, (int)size);
        return value is Integers integers ? new Integers(integers.Values[range]) : constants.Take(
            ((Constant)value).Tensor, axis, [.. Enumerable.Range(0, (int)size).Take(range).Select(i => (long)i)]);
    }

    private OnnxValue Gather(OnnxNode node)
    {
        if (node[1] is not Integers indices)
            throw new NotFollowedException("computes its indices");
        if (node[0] is Filled filled)
            return filled;
        int axis = OnnxShapes.Axis(node.Integer("axis", 0), Rank(node[0]));
        switch (node[0])
        {
            case Flow flow:
                return shapes.Gather(flow, axis, indices);
            case Integers all:
                return new Integers([.. indices.Known().Select(i => all.Values[OnnxShapes.Axis(i, all.Values.Length)])],
                    indices.IsScalar);
            case Constant { Tensor: var tensor } when !indices.IsScalar:
                return constants.Take(tensor, axis,
                    [.. indices.Known().Select(i => (long)OnnxShapes.Axis(i, (int)tensor.Shape[axis]))]);
            default:
                throw new NotFollowedException("picks what is not followed");
        }
    }

    private OnnxValue Concat(OnnxNode node)
    {
        OnnxValue[] all = node.All;
        if (all.All(value => value is Integers))
            return new Integers([.. all.SelectMany(value => ((Integers)value).Values)]);
        if (all.All(value => value is Filled) && all.Distinct().Count() == 1)
            return all[0];
        int axis = OnnxShapes.Axis(node.Integer("axis", 0), Rank(all[0]));
        return all.All(value => value is Flow) ? shapes.Concat([.. all.Cast<Flow>()], axis)
            : all.All(value => value is Constant)
                ? constants.Concat([.. all.Select(value => ((Constant)value).Tensor)], axis)
            : throw new NotFollowedException("joins what is not followed");
    }

    private OnnxValue[] Split(OnnxNode node)
    {
        if (node[0] is Filled)
            return [.. Enumerable.Repeat(node[0], node.Outputs)];
        int axis = OnnxShapes.Axis(node.Integer("axis", 0), Rank(node[0]));
        long[]? parts = node.Numbers("split", 1);
        if (parts == null)
        {
            long size = node[0] is Flow whole ? shapes.Shape(whole).Values[axis] is { IsKnown: true } known
                ? known.Count : 0
                : node[0] is Constant constant ? constant.Tensor.Shape[axis] : 0;
            parts = size > 0 && size % node.Outputs == 0 ? [.. Enumerable.Repeat(size / node.Outputs, node.Outputs)]
                : throw new NotFollowedException("splits into parts of different sizes");
        }
        long at = 0;
        List<OnnxValue> values = [];
        foreach (long part in parts)
        {
            values.Add(node[0] is Flow flow ? shapes.Slice(flow, axis, at, at + part)
                : Part(node[0], axis, at, at + part));
            at += part;
        }
        return [.. values];
    }

    private static Flow Softmax(OnnxNode node)
    {
        if (node[0] is not Flow { IsSoftmax: false, EndsInUnits: true } flow)
            throw new NotFollowedException("normalises what are not a layer's outputs");
        int rank = flow.Axes.Length, axis = OnnxShapes.Axis(node.Integer("axis", node.Opset < 13 ? 1 : -1), rank);
        return axis == rank - 1 ? flow with { IsSoftmax = true }
            : throw new NotFollowedException("is not over the classes");
    }

    private static int Rank(OnnxValue value) => value switch
    {
        Flow flow => flow.Axes.Length,
        Constant constant => constant.Tensor.Shape.Length,
        Integers { IsScalar: false } => 1,
        Integers => 0,
        _ => throw new NotFollowedException("reads what is not followed"),
    };
}
