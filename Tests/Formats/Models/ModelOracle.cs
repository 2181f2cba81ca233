using GpuLstm.Runtime.Formats.Models;

namespace GpuLstm.Tests.Formats.Models;

/// <summary>What a network answers, computed in float64 from the equations in torch.nn.LSTM's documentation.</summary>
internal static class ModelOracle
{
    /// <summary>Logits [N][C] of x [N, T, I], as PyTorch's output[:, -1] gives them.</summary>
    /// <param name="finalStates">As h_n gives them: of two directions each after its own last step.</param>
    public static double[][] Logits(LstmModel model, float[] x, int samples, int steps, bool finalStates = false)
    {
        int inputs = (int)model.InputSize;
        return [.. Enumerable.Range(0, samples).Select(n => OfSample(model,
            [.. Enumerable.Range(0, steps).Select(t => Enumerable.Range(0, inputs)
                .Select(i => (double)x[(n * steps + t) * inputs + i]).ToArray())], finalStates))];
    }

    private static double[] OfSample(LstmModel model, double[][] rows, bool finalStates)
    {
        if (model.Pre is { } pre)
            rows = [.. rows.Select(r => Affine(pre.Weight.Values, pre.Bias.Values, r))];
        foreach (LstmLayer layer in model.Layers)
        {
            double[][] forward = Run(layer.Forward, rows);
            double[][]? reverse = layer.Reverse is null ? null : [.. Run(layer.Reverse, [.. rows.Reverse()]).Reverse()];
            rows = reverse is null ? forward : [.. forward.Zip(reverse, (f, r) => f.Concat(r).ToArray())];
        }
        int forwardSize = (int)model.Layers[^1].Forward.OutputSize;
        double[] last = finalStates ? [.. rows[^1].Take(forwardSize), .. rows[0].Skip(forwardSize)] : rows[^1];
        return Affine(model.Fc.Weight.Values, model.Fc.Bias.Values, last);
    }

    private static double[][] Run(LstmWeights w, double[][] rows)
    {
        int hidden = (int)w.HiddenSize;
        double[] h = new double[w.OutputSize], c = new double[hidden];
        double[][] outputs = new double[rows.Length][];
        for (int t = 0; t < rows.Length; t++)
        {
            double[] fromX = Affine(w.WeightIh.Values, w.BiasIh.Values, rows[t]);
            double[] fromH = Affine(w.WeightHh.Values, w.BiasHh?.Values, h);
            double Gate(int gate, int j) => fromX[gate * hidden + j] + fromH[gate * hidden + j];
            double[] output = new double[hidden];
            for (int j = 0; j < hidden; j++)
            {
                c[j] = Sigmoid(Gate(1, j)) * c[j] + Sigmoid(Gate(0, j)) * Math.Tanh(Gate(2, j));
                output[j] = Sigmoid(Gate(3, j)) * Math.Tanh(c[j]);
            }
            outputs[t] = h = w.WeightHr is null ? output : Affine(w.WeightHr.Values, null, output);
        }
        return outputs;
    }

    private static double[] Affine(float[] weight, float[]? bias, double[] x)
    {
        double[] y = new double[weight.Length / x.Length];
        for (int row = 0; row < y.Length; row++)
        {
            y[row] = bias?[row] ?? 0;
            for (int column = 0; column < x.Length; column++)
                y[row] += weight[row * x.Length + column] * x[column];
        }
        return y;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
