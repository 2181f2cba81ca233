using static GpuLstm.Tests.Reference.Rows;

namespace GpuLstm.Tests.Reference;

/// <summary>One LSTM layer, one direction, one sequence after the other. The equations are torch.nn.LSTM's:
/// i, f, o = sigmoid(a), g = tanh(a) of a = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh;
/// c_t = f c_{t-1} + i g;  h_t = o tanh(c_t).</summary>
public static class ReferenceLstm
{
    /// <param name="reverse">Time runs from each sequence's last step to its first.</param>
    public static LstmOutput Forward(LstmWeights weights, LstmInput input, bool reverse = false)
    {
        (int T, int B, int I, int H) = (input.T, input.B, weights.InputSize, weights.HiddenSize);
        LstmOutput output = LstmOutput.Zeros(T, B, H, H);
        for (int b = 0; b < B; b++)
        {
            double[] h = input.H0.RowOrZeros(b, H);
            double[] c = input.C0.RowOrZeros(b, H);
            for (int step = 0; step < input.Length(b); step++)
            {
                int row = input.Time(b, step, reverse) * B + b;
                Span<double> gates = output.Gates.Row(row, 4 * H);
                for (int j = 0; j < 4 * H; j++)
                    gates[j] = Activate(j / H, weights.BiasIh[j] + weights.BiasHh[j]
                        + Dot(weights.Ih.Row(j, I), input.X.Row(row, I)) + Dot(weights.Hh.Row(j, H), h));
                for (int k = 0; k < H; k++)
                {
                    (double i, double f, double g, double o) = Gates(gates, k);
                    c[k] = f * c[k] + i * g;
                    h[k] = o * Math.Tanh(c[k]);
                }
                h.CopyTo(output.Y.Row(row, H));
                c.CopyTo(output.C.Row(row, H));
            }
            h.CopyTo(output.HLast.Row(b, H));
            c.CopyTo(output.CLast.Row(b, H));
        }
        return output;
    }

    /// <param name="output">What <see cref="Forward"/> gave for the same weights, input and direction.</param>
    public static LstmGradients Backward(
        LstmWeights weights, LstmInput input, LstmOutput output, LstmOutputGradients from, bool reverse = false)
    {
        (int B, int I, int H) = (input.B, weights.InputSize, weights.HiddenSize);
        LstmGradients gradients = LstmGradients.Zeros(weights, input, H);
        double[] da = new double[4 * H]; // gradient of the pre-activations
        for (int b = 0; b < B; b++)
        {
            double[] dh = from.HLast.RowOrZeros(b, H);
            double[] dc = from.CLast.RowOrZeros(b, H);
            for (int step = input.Length(b) - 1; step >= 0; step--)
            {
                int row = input.Time(b, step, reverse) * B + b;
                double[] hBefore = Before(output.Y, input.H0, step, b);
                double[] cBefore = Before(output.C, input.C0, step, b);
                Span<double> gates = output.Gates.Row(row, 4 * H), cells = output.C.Row(row, H);
                if (from.Y != null)
                    AddScaled(dh, 1, from.Y.Row(row, H));
                for (int k = 0; k < H; k++)
                {
                    (double i, double f, double g, double o) = Gates(gates, k);
                    double tanh = Math.Tanh(cells[k]);
                    dc[k] += dh[k] * o * (1 - tanh * tanh);
                    da[k] = dc[k] * g * i * (1 - i);
                    da[H + k] = dc[k] * cBefore[k] * f * (1 - f);
                    da[2 * H + k] = dc[k] * i * (1 - g * g);
                    da[3 * H + k] = dh[k] * tanh * o * (1 - o);
                    dc[k] *= f;
                }
                Array.Clear(dh);
                for (int j = 0; j < 4 * H; j++)
                {
                    AddScaled(gradients.Ih.Row(j, I), da[j], input.X.Row(row, I));
                    AddScaled(gradients.Hh.Row(j, H), da[j], hBefore);
                    gradients.Bias[j] += da[j];
                    AddScaled(gradients.X.Row(row, I), da[j], weights.Ih.Row(j, I));
                    AddScaled(dh, da[j], weights.Hh.Row(j, H));
                }
            }
            dh.CopyTo(gradients.H0.Row(b, H));
            dc.CopyTo(gradients.C0.Row(b, H));
        }
        return gradients;

        double[] Before(double[] states, double[]? initial, int step, int sample) => step > 0
            ? states.Row(input.Time(sample, step - 1, reverse) * B + sample, H).ToArray()
            : initial.RowOrZeros(sample, H);
    }

    private static double Activate(int gate, double a) => gate == 2 ? Math.Tanh(a) : Sigmoid(a);
}
