namespace GpuLstm.Tests.Reference;

/// <summary>Gradients of a stack.</summary>
/// <param name="Parameters">By PyTorch's names.</param>
/// <param name="X">[T, B, I].</param>
/// <param name="H0">Per layer and direction [B, P].</param>
/// <param name="C0">Per layer and direction [B, H].</param>
public sealed record StackGradients(Dictionary<string, double[]> Parameters, double[] X, double[] H0, double[] C0);

/// <summary>A stack's sizes and kind.</summary>
/// <param name="H">Hidden size of each layer.</param>
/// <param name="P">Size of each layer's h: the projection's, or its H.</param>
public sealed record ReferenceLayerSizes(int I, int[] H, int[] P, bool Bidirectional = false, bool LayerNorm = false)
{
    /// <summary>All layers alike.</summary>
    /// <param name="P">0: no projection.</param>
    public ReferenceLayerSizes(int layers, int I, int H, int P, bool bidirectional)
        : this(I, [.. Enumerable.Repeat(H, layers)], [.. Enumerable.Repeat(P == 0 ? H : P, layers)], bidirectional)
    {
    }

    public int Directions => Bidirectional ? 2 : 1;

    public int Inputs(int layer) => layer == 0 ? I : Directions * P[layer - 1];
}

/// <summary>Layers of LSTMs, each of one direction or two, as torch.nn.LSTM stacks them: a layer's input is the one
/// below's output, both directions side by side. D is the number of directions; states follow each other layer by
/// layer, direction by direction.</summary>
/// <param name="parameters">By PyTorch's names: <c>{prefix}weight_ih_l0</c>, <c>{prefix}weight_ih_l0_reverse</c>,
/// ...</param>
/// <param name="dropout">What a layer's output [T, B, D P] is multiplied by before the next layer; null:
/// nothing.</param>
/// <param name="masks">Zoneout and recurrent dropout of a layer and direction; null: none.</param>
public sealed class ReferenceLstmLayers(ReferenceLayerSizes stack, IReadOnlyDictionary<string, double[]> parameters,
    string prefix = "lstm.", Func<int, double[]>? dropout = null, Func<int, int, LstmExtensions>? masks = null)
{
    private readonly int _directions = stack.Directions;
    private readonly LstmInput[] _inputs = new LstmInput[stack.H.Length * stack.Directions];
    private readonly LstmOutput[] _outputs = new LstmOutput[stack.H.Length * stack.Directions];

    /// <param name="input">H0 and C0 are those of all layers and directions.</param>
    /// <returns>Y [T, B, D P] and HLast, CLast of all layers and directions; C and Gates are the last layer's forward
    /// direction's.</returns>
    public LstmOutput Forward(LstmInput input)
    {
        double[] y = input.X;
        for (int layer = 0; layer < stack.H.Length; layer++)
        {
            double[] x = y;
            int P = stack.P[layer];
            y = new double[input.T * input.B * _directions * P];
            for (int direction = 0; direction < _directions; direction++)
            {
                int place = layer * _directions + direction;
                _inputs[place] = input with
                {
                    X = x, H0 = State(input.H0, stack.P, place, input.B), C0 = State(input.C0, stack.H, place, input.B),
                };
                _outputs[place] = ReferenceExtendedLstm.Forward(
                    Weights(layer, direction), Extensions(layer, direction), _inputs[place], direction == 1);
                for (int row = 0; row < input.T * input.B; row++)
                    _outputs[place].Y.Row(row, P).CopyTo(y.Row(row * _directions + direction, P));
            }
            if (layer < stack.H.Length - 1)
                Drop(layer, y);
        }
        LstmOutput last = _outputs[^_directions];
        return new(y, last.C, last.Gates,
            [.. _outputs.SelectMany(o => o.HLast)], [.. _outputs.SelectMany(o => o.CLast)]);
    }

    /// <summary>Of the last forward pass.</summary>
    /// <param name="from">Y [T, B, D P], HLast and CLast of all layers and directions.</param>
    public StackGradients Backward(LstmOutputGradients from)
    {
        int rows = _inputs[0].T * _inputs[0].B, B = _inputs[0].B;
        double[][] h0 = new double[_outputs.Length][], c0 = new double[_outputs.Length][];
        Dictionary<string, double[]> named = [];
        double[]? dy = from.Y;
        for (int layer = stack.H.Length - 1; layer >= 0; layer--)
        {
            var dx = new double[_inputs[layer * _directions].X.Length];
            if (layer < stack.H.Length - 1)
                Drop(layer, dy!);
            for (int direction = 0; direction < _directions; direction++)
            {
                int place = layer * _directions + direction;
                double[]? own = dy == null ? null : Direction(dy, direction, rows, stack.P[layer]);
                LstmOutputGradients entering = new(
                    own, State(from.HLast, stack.P, place, B), State(from.CLast, stack.H, place, B));
                LstmExtendedGradients one = ReferenceExtendedLstm.Backward(Weights(layer, direction),
                    Extensions(layer, direction), _inputs[place], _outputs[place], entering, direction == 1);
                Rows.AddScaled(dx, 1, one.Plain.X);
                (h0[place], c0[place]) = (one.Plain.H0, one.Plain.C0);
                Add(named, one, layer, direction);
            }
            dy = dx;
        }
        return new(named, dy!, [.. h0.SelectMany(h => h)], [.. c0.SelectMany(c => c)]);
    }

    private void Add(Dictionary<string, double[]> named, LstmExtendedGradients one, int layer, int direction)
    {
        named[Name("weight_ih", layer, direction)] = one.Plain.Ih;
        named[Name("weight_hh", layer, direction)] = one.Plain.Hh;
        named[Name("bias_ih", layer, direction)] = one.Plain.Bias;
        named[Name("bias_hh", layer, direction)] = [.. one.Plain.Bias];
        if (one.Projection != null)
            named[Name("weight_hr", layer, direction)] = one.Projection;
        if (one.Norm is not { } norm)
            return;
        named[Name("gain_ih", layer, direction)] = norm.GainIh;
        named[Name("gain_hh", layer, direction)] = norm.GainHh;
        named[Name("gain_c", layer, direction)] = norm.GainC;
        named[Name("bias_c", layer, direction)] = norm.BiasC;
    }

    /// <summary>Values or gradients of a layer's output, in place.</summary>
    private void Drop(int layer, double[] values)
    {
        double[]? mask = dropout?.Invoke(layer);
        for (int i = 0; mask != null && i < values.Length; i++)
            values[i] *= mask[i];
    }

    /// <summary>One direction's part [T, B, P] of [T, B, D P].</summary>
    private double[] Direction(double[] both, int direction, int rows, int P)
    {
        var own = new double[rows * P];
        for (int row = 0; row < rows; row++)
            both.Row(row * _directions + direction, P).CopyTo(own.Row(row, P));
        return own;
    }

    /// <summary>One layer's and direction's part of all states, or zeros.</summary>
    private double[] State(double[]? all, int[] sizes, int place, int B)
    {
        int before = Enumerable.Range(0, place).Sum(p => B * sizes[p / _directions]),
            count = B * sizes[place / _directions];
        return all == null ? new double[count] : all.AsSpan(before, count).ToArray();
    }

    private LstmExtensions Extensions(int layer, int direction)
    {
        LstmExtensions extensions = masks?.Invoke(layer, direction) ?? new();
        double[] Named(string kind) => parameters[Name(kind, layer, direction)];
        return extensions with
        {
            Projection = parameters.GetValueOrDefault(Name("weight_hr", layer, direction)),
            Norm = stack.LayerNorm ? new(Named("gain_ih"), Named("gain_hh"), Named("gain_c"), Named("bias_c")) : null,
        };
    }

    private LstmWeights Weights(int layer, int direction) => new(
        stack.Inputs(layer), stack.H[layer],
        parameters[Name("weight_ih", layer, direction)], parameters[Name("weight_hh", layer, direction)],
        parameters[Name("bias_ih", layer, direction)],
        parameters.GetValueOrDefault(Name("bias_hh", layer, direction)) ?? new double[4 * stack.H[layer]]);

    private string Name(string kind, int layer, int direction) =>
        $"{prefix}{kind}_l{layer}{(direction == 1 ? "_reverse" : "")}";
}
