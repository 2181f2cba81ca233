namespace GpuLstm.Runtime.Formats.Onnx.Reading;

/// <summary>Sums and products: of sizes, of constants, and those that are a Linear's.</summary>
internal static class OnnxArithmetic
{
    /// <summary>Add, Sub, Mul or Div, element by element.</summary>
    public static OnnxValue Evaluate(OnnxNode node, OnnxLayers layers) => (node[0], node[1], node.Kind) switch
    {
        (Integers a, Integers b, _) => Sizes(a, b, node.Kind),
        (Flow flow, Constant bias, "Add") => layers.Bias(flow, bias.Tensor),
        (Constant bias, Flow flow, "Add") => layers.Bias(flow, bias.Tensor),
        (Constant a, Constant b, "Add") when a.Tensor.Shape.SequenceEqual(b.Tensor.Shape) => new Constant(new(
            a.Tensor.Name, a.Tensor.Shape, [.. a.Tensor.Values.Zip(b.Tensor.Values, (x, y) => x + y)])),
        (Flow, _, _) or (_, Flow, _) => throw new NotFollowedException(
            "computes with a layer's values what no layer does"),
        _ => throw new NotFollowedException("computes with what is not followed"),
    };

    /// <summary>MatMul with a constant matrix, or Gemm: a Linear.</summary>
    public static Flow Product(OnnxNode node, OnnxLayers layers, OnnxConstants constants)
    {
        if (node[0] is not Flow flow || node[1] is not Constant { Tensor: { Shape.Length: 2 } matrix })
            throw new NotFollowedException("multiplies what are not a layer's outputs and a constant matrix");
        bool isGemm = node.Kind == "Gemm";
        if (isGemm && (node.Integer("transA", 0) != 0 || flow.Axes.Length != 2))
            throw new NotFollowedException("multiplies a transpose");
        Tensor weight = isGemm && node.Integer("transB", 0) != 0 ? matrix
            : constants.Transpose(matrix, [1, 0]).Tensor;
        if (layers[flow.Entries[0]].Units * flow.Entries.Length != weight.Shape[1])
            throw new NotFollowedException("has a matrix of another size than what it is multiplied with");
        Flow product = layers.Linear(flow, Scaled(weight, isGemm ? node.Float("alpha", 1) : 1));
        float beta = node.Float("beta", 1);
        return !isGemm || beta == 0 ? product : node.Optional(2) switch
        {
            null or Filled { Value: { IsKnown: true, Count: 0 } } => product,
            Constant { Tensor: var bias } => layers.Bias(product, Scaled(bias, beta)),
            _ => throw new NotFollowedException("computes its bias"),
        };
    }

    private static Tensor Scaled(Tensor tensor, float factor) => factor == 1 ? tensor
        : new(tensor.Name, tensor.Shape, Array.ConvertAll(tensor.Values, value => value * factor));

    private static Integers Sizes(Integers a, Integers b, string kind)
    {
        int count = Math.Max(a.Values.Length, b.Values.Length);
        if (a.Values.Length != count && a.Values.Length != 1 || b.Values.Length != count && b.Values.Length != 1)
            throw new NotFollowedException("computes with vectors of different lengths");
        Size[] values = [.. Enumerable.Range(0, count).Select(i =>
            Of(a.Values[a.Values.Length == 1 ? 0 : i], b.Values[b.Values.Length == 1 ? 0 : i], kind))];
        return new(values, a.IsScalar && b.IsScalar);
    }

    private static Size Of(Size a, Size b, string kind) => kind switch
    {
        "Mul" => a * b,
        "Div" when b is { IsKnown: true, Count: > 0 } && a.Count % b.Count == 0 => a with { Count = a.Count / b.Count },
        "Add" when a.IsKnown && b.IsKnown => checked(a.Count + b.Count),
        "Sub" when a.IsKnown && b.IsKnown => checked(a.Count - b.Count),
        _ => throw new NotFollowedException("computes with the input's sizes what is not followed"),
    };
}
