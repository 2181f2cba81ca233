using GpuLstm.Runtime.Formats.Models;

namespace GpuLstm.Runtime.Formats.Onnx;

/// <summary>One layer as ONNX's LSTM operator (https://onnx.ai/onnx/operators/onnx__LSTM.html): gates in the order i,
/// o, f, c; a leading dimension D of directions.</summary>
internal static class OnnxLstm
{
    /// <summary>Where ONNX's gates lie in ours, i, f, g, o.</summary>
    private static readonly int[] Gates = [0, 3, 1, 2];

    /// <summary>Adds a layer.</summary>
    /// <param name="graph">Added to.</param>
    /// <param name="name">The layer's.</param>
    /// <param name="layer">Its weights.</param>
    /// <param name="x">[T, N, I].</param>
    /// <param name="slope">Of hard sigmoid gates; 0: sigmoids.</param>
    /// <returns>The names of all outputs [T, D, N, H] and of the final states [D, N, H].</returns>
    public static (string Y, string Final) Add(OnnxGraphBuilder graph, string name, LstmLayer layer, string x,
        float slope = 0)
    {
        IReadOnlyList<LstmWeights> directions = layer.Directions;
        (long inputs, long hidden) = (layer.InputSize, layer.Forward.HiddenSize);
        if (directions.Any(d => d.WeightHr is not null))
            throw new GpuLstmException("ONNX's LSTM has no projections, so this network cannot be exported to it.");
        if (directions.Any(d => d.HiddenSize != hidden))
            throw new GpuLstmException("ONNX's LSTM needs directions of one size, so this network cannot be exported.");

        long count = directions.Count;
        string w = graph.Constant($"{name}.W", [count, 4 * hidden, inputs],
            [.. directions.SelectMany(d => Reorder(d.WeightIh, hidden))]);
        string r = graph.Constant($"{name}.R", [count, 4 * hidden, hidden],
            [.. directions.SelectMany(d => Reorder(d.WeightHh, hidden))]);
        string b = graph.Constant($"{name}.B", [count, 8 * hidden], [.. directions.SelectMany(d => Biases(d, hidden))]);
        (string y, string final) = ($"{name}.Y", $"{name}.Y_h");
        List<AttributeProto> attributes =
        [
            OnnxGraphBuilder.Attribute("hidden_size", hidden),
            OnnxGraphBuilder.Attribute("direction", count == 1 ? "forward" : "bidirectional"),
        ];
        if (slope > 0)
        {
            // Of each direction the gates' function, the cell's and the output's; numbers go to those that take any.
            string[] functions = ["HardSigmoid", "Tanh", "Tanh"];
            attributes.Add(OnnxGraphBuilder.Attribute("activations", [.. directions.SelectMany(_ => functions)]));
            attributes.Add(OnnxGraphBuilder.Attribute("activation_alpha", [.. directions.Select(_ => slope)]));
            attributes.Add(OnnxGraphBuilder.Attribute("activation_beta", [.. directions.Select(_ => 0.5f)]));
        }
        graph.Node("LSTM", [x, w, r, b], [y, final], [.. attributes]);
        return (y, final);
    }

    /// <summary>The biases of the input and of the recurrent weights, [8H].</summary>
    private static IEnumerable<float> Biases(LstmWeights weights, long hidden) =>
        Reorder(weights.BiasIh, hidden).Concat(weights.BiasHh is { } second
            ? Reorder(second, hidden)
            : new float[4 * hidden]);

    private static IEnumerable<float> Reorder(Tensor tensor, long hidden)
    {
        int gate = (int)(tensor.Values.Length / (4 * hidden) * hidden);
        return Gates.SelectMany(g => tensor.Values.AsSpan(g * gate, gate).ToArray());
    }
}
