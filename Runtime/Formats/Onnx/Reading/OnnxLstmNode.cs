namespace GpuLstm.Runtime.Formats.Onnx.Reading;

/// <summary>ONNX's LSTM with its options (https://onnx.ai/onnx/operators/onnx__LSTM.html).</summary>
internal static class OnnxLstmNode
{
    private static readonly string[] s_names = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"];

    public static OnnxValue[] Evaluate(OnnxNode node, OnnxLayers layers)
    {
        string direction = node.Text("direction", "forward");
        if (direction is not ("forward" or "reverse" or "bidirectional"))
            throw new NotFollowedException($"has the direction '{direction}'");
        if (node.Has("clip") || node.Integer("input_forget", 0) != 0)
            throw new NotFollowedException($"has {(node.Has("clip") ? "clip" : "input_forget")}, which ours have not");
        if (node.Optional(7) != null)
            throw new NotFollowedException("has peepholes (P), which ours have not");
        foreach (int state in new[] { 5, 6 })
            if (!IsZero(node.Optional(state)))
                throw new NotFollowedException($"begins with states other than zeros ({s_names[state]})");
        if (node[0] is not Flow x)
            throw new NotFollowedException("does not read the graph's input");
        Tensor Weights(int index) => node[index] is Constant constant ? constant.Tensor
            : throw new NotFollowedException($"computes {s_names[index]}");
        bool batchFirst = node.Integer("layout", 0) != 0;
        (Flow y, Flow final) = layers.Lstm(x, Weights(1), Weights(2), node.Optional(3) == null ? null : Weights(3),
            direction, batchFirst, Slope(node, direction == "bidirectional" ? 2 : 1));
        if (node.Optional(4) is { } lengths && !(lengths is Filled all && layers.IsSteps(all.Value)))
            throw new NotFollowedException("has lengths of its own (sequence_lens): ours come with the data");
        return [y, final];
    }

    private static bool IsZero(OnnxValue? state) => state switch
    {
        null or Filled { Value: { IsKnown: true, Count: 0 } } => true,
        Constant { Tensor.Values: var values } => values.AsSpan().IndexOfAnyExcept(0f) < 0,
        _ => false,
    };

    /// <summary>Of hard sigmoid gates, max(0, min(1, alpha x + beta)); 0: sigmoids.</summary>
    private static float Slope(OnnxNode node, int directions)
    {
        string[] functions = node.Texts("activations");
        if (functions.Length == 0)
            return 0;
        if (functions.Length != 3 * directions)
            throw new NotFollowedException($"names {functions.Length} activations for {directions} directions");
        for (int i = 0; i < functions.Length; i++)
            if (i % 3 > 0 ? functions[i] != "Tanh" : functions[i] is not ("Sigmoid" or "HardSigmoid"))
                throw new NotFollowedException($"has {functions[i]} among its activations: (Hard)Sigmoid, Tanh, "
                    + "Tanh are read");
        if (functions[0] != functions[^3])
            throw new NotFollowedException("has directions of different activations");
        if (functions[0] == "Sigmoid")
            return 0;
        // Numbers go to the functions that take any, one after the other.
        float[] alphas = node.Floats("activation_alpha"), betas = node.Floats("activation_beta");
        float alpha = alphas.Length > 0 ? alphas[0] : 0.2f;
        if (alphas.Any(a => a != alpha) || alphas.Length != 0 && alphas.Length != directions || alpha <= 0
            || betas.Any(beta => beta != 0.5f))
            throw new NotFollowedException("has hard sigmoids of different slopes or another middle than 0.5");
        return alpha;
    }
}
