namespace GpuLstm.Tests.Reference;

/// <summary>Gradients of a stack.</summary>
/// <param name="Parameters">By PyTorch's names.</param>
/// <param name="X">[T, B, I].</param>
/// <param name="H0">[layers D, B, H].</param>
/// <param name="C0">[layers D, B, H].</param>
public sealed record StackGradients(Dictionary<string, double[]> Parameters, double[] X, double[] H0, double[] C0);

/// <summary>Layers of LSTMs, each of one direction or two, as torch.nn.LSTM stacks them: a layer's input is the one
/// below's output, both directions side by side. D is the number of directions; states are [layers D, B, H], layer by
/// layer.</summary>
/// <param name="parameters">By PyTorch's names: <c>{prefix}weight_ih_l0</c>, <c>{prefix}weight_ih_l0_reverse</c>,
/// ...</param>
public sealed class ReferenceLstmLayers(int layers, int inputSize, int hiddenSize, bool bidirectional,
    IReadOnlyDictionary<string, double[]> parameters, string prefix = "lstm.")
{
    private readonly int _directions = bidirectional ? 2 : 1;
    private readonly LstmInput[] _inputs = new LstmInput[layers * (bidirectional ? 2 : 1)];
    private readonly LstmOutput[] _outputs = new LstmOutput[layers * (bidirectional ? 2 : 1)];

    /// <param name="input">H0 and C0 are [layers D, B, H].</param>
    /// <returns>Y [T, B, D H] and HLast, CLast [layers D, B, H]; C and Gates are the last layer's forward
    /// direction's.</returns>
    public LstmOutput Forward(LstmInput input)
    {
        int states = input.B * hiddenSize;
        double[] y = input.X;
        for (int layer = 0; layer < layers; layer++)
        {
            double[] x = y;
            y = new double[input.T * input.B * _directions * hiddenSize];
            for (int direction = 0; direction < _directions; direction++)
            {
                int place = layer * _directions + direction;
                _inputs[place] = input with
                {
                    X = x, H0 = input.H0.RowOrZeros(place, states), C0 = input.C0.RowOrZeros(place, states),
                };
                _outputs[place] = ReferenceLstm.Forward(Weights(layer, direction), _inputs[place], direction == 1);
                for (int row = 0; row < input.T * input.B; row++)
                    _outputs[place].Y.Row(row, hiddenSize).CopyTo(y.Row(row * _directions + direction, hiddenSize));
            }
        }
        LstmOutput last = _outputs[(layers - 1) * _directions];
        return new(y, last.C, last.Gates,
            [.. _outputs.SelectMany(o => o.HLast)], [.. _outputs.SelectMany(o => o.CLast)]);
    }

    /// <summary>Of the last forward pass.</summary>
    /// <param name="from">Y [T, B, D H], HLast and CLast [layers D, B, H].</param>
    public StackGradients Backward(LstmOutputGradients from)
    {
        int rows = _inputs[0].T * _inputs[0].B, states = _inputs[0].B * hiddenSize, all = _outputs.Length * states;
        StackGradients gradients = new([], [], new double[all], new double[all]);
        double[]? dy = from.Y;
        for (int layer = layers - 1; layer >= 0; layer--)
        {
            var dx = new double[_inputs[layer * _directions].X.Length];
            for (int direction = 0; direction < _directions; direction++)
            {
                int place = layer * _directions + direction;
                double[]? own = dy == null ? null : Direction(dy, direction, rows);
                LstmOutputGradients entering = new(
                    own, from.HLast.RowOrZeros(place, states), from.CLast.RowOrZeros(place, states));
                LstmGradients one = ReferenceLstm.Backward(
                    Weights(layer, direction), _inputs[place], _outputs[place], entering, direction == 1);
                Rows.AddScaled(dx, 1, one.X);
                one.H0.CopyTo(gradients.H0.Row(place, states));
                one.C0.CopyTo(gradients.C0.Row(place, states));
                gradients.Parameters[Name("weight_ih", layer, direction)] = one.Ih;
                gradients.Parameters[Name("weight_hh", layer, direction)] = one.Hh;
                gradients.Parameters[Name("bias_ih", layer, direction)] = one.Bias;
                gradients.Parameters[Name("bias_hh", layer, direction)] = [.. one.Bias];
            }
            dy = dx;
        }
        return gradients with { X = dy! };
    }

    /// <summary>One direction's part [T, B, H] of [T, B, D H].</summary>
    private double[] Direction(double[] both, int direction, int rows)
    {
        var own = new double[rows * hiddenSize];
        for (int row = 0; row < rows; row++)
            both.Row(row * _directions + direction, hiddenSize).CopyTo(own.Row(row, hiddenSize));
        return own;
    }

    private LstmWeights Weights(int layer, int direction) => new(
        layer == 0 ? inputSize : _directions * hiddenSize, hiddenSize,
        parameters[Name("weight_ih", layer, direction)], parameters[Name("weight_hh", layer, direction)],
        parameters[Name("bias_ih", layer, direction)], parameters[Name("bias_hh", layer, direction)]);

    private string Name(string kind, int layer, int direction) =>
        $"{prefix}{kind}_l{layer}{(direction == 1 ? "_reverse" : "")}";
}
