using static GpuLstm.Tests.Reference.Rows;

namespace GpuLstm.Tests.Reference;

/// <summary>The LSTM layer with a projection, zoneout, recurrent dropout and layer norm, in any combination:
/// <code>
/// a  = N_x(W_ih x_t) + N_h(W_hh (m h_{t-1})) + b_ih + b_hh        m: recurrent dropout, fixed over time
/// c~ = f c_{t-1} + i g                                           i, f, o = sigmoid(a), g = tanh(a)
/// h~ = W_hr (o tanh(N_c(c~)))                                    W_hr: projection
/// c_t = z_c c_{t-1} + (1 - z_c) c~;  h_t = z_h h_{t-1} + (1 - z_h) h~        z: zoneout
/// </code>
/// Projection: Sak, Senior and Beaufays 2014, as torch.nn.LSTM. Recurrent dropout: the variational one of Gal and
/// Ghahramani 2016, one mask for all four gates ("tied"). Zoneout: Krueger et al. 2017, section 3.2. Layer norm: Ba et
/// al. 2016, supplement, equations 20 to 22: over all 4H pre-activations together, and of the cell only where h is made
/// from it; the biases of N_x and N_h are b_ih and b_hh.</summary>
public static class ReferenceExtendedLstm
{
    /// <summary>All values of one step of one sequence.</summary>
    private sealed record Step(
        double[] Kept, double[] FromX, double[] FromH, double[] Gates, double[] Cell, double[] Normed, double[] Inner,
        double[] H, double[] C);

    /// <returns>Y and HLast are P wide.</returns>
    public static LstmOutput Forward(
        LstmWeights weights, LstmExtensions extensions, LstmInput input, bool reverse = false)
    {
        (int T, int B, int H, int P) = (input.T, input.B, weights.HiddenSize, StateSize(weights));
        LstmOutput output = LstmOutput.Zeros(T, B, H, P);
        for (int b = 0; b < B; b++)
        {
            double[] h = input.H0.RowOrZeros(b, P), c = input.C0.RowOrZeros(b, H);
            for (int step = 0; step < input.Length(b); step++)
            {
                int row = input.Time(b, step, reverse) * B + b;
                Step s = Run(weights, extensions, input, row, h, c);
                (h, c) = (s.H, s.C);
                h.CopyTo(output.Y.Row(row, P));
                c.CopyTo(output.C.Row(row, H));
                s.Gates.CopyTo(output.Gates.Row(row, 4 * H));
            }
            h.CopyTo(output.HLast.Row(b, P));
            c.CopyTo(output.CLast.Row(b, H));
        }
        return output;
    }

    /// <param name="output">What <see cref="Forward"/> gave for the same arguments.</param>
    public static LstmExtendedGradients Backward(LstmWeights weights, LstmExtensions extensions, LstmInput input,
        LstmOutput output, LstmOutputGradients from, bool reverse = false)
    {
        (int B, int H, int P) = (input.B, weights.HiddenSize, StateSize(weights));
        LstmExtendedGradients gradients = new(
            LstmGradients.Zeros(weights, input, P),
            extensions.Projection == null ? null : new double[P * H],
            extensions.Norm == null ? null : new(new double[4 * H], new double[4 * H], new double[H], new double[H]));
        for (int b = 0; b < B; b++)
        {
            double[] dh = from.HLast.RowOrZeros(b, P), dc = from.CLast.RowOrZeros(b, H);
            for (int step = input.Length(b) - 1; step >= 0; step--)
            {
                int row = input.Time(b, step, reverse) * B + b;
                int before = step == 0 ? -1 : input.Time(b, step - 1, reverse) * B + b;
                double[] hBefore = before < 0 ? input.H0.RowOrZeros(b, P) : output.Y.RowOrZeros(before, P);
                double[] cBefore = before < 0 ? input.C0.RowOrZeros(b, H) : output.C.RowOrZeros(before, H);
                if (from.Y != null)
                    AddScaled(dh, 1, from.Y.Row(row, P));
                (dh, dc) = RunBack(weights, extensions, input, row, hBefore, cBefore, dh, dc, gradients);
            }
            dh.CopyTo(gradients.Plain.H0.Row(b, P));
            dc.CopyTo(gradients.Plain.C0.Row(b, H));
        }
        return gradients;
    }

    /// <param name="row">Time step times B plus sample.</param>
    private static Step Run(LstmWeights weights, LstmExtensions extensions, LstmInput input, int row,
        double[] hBefore, double[] cBefore)
    {
        (int I, int H, int P) = (weights.InputSize, weights.HiddenSize, hBefore.Length);
        LstmNorm? norm = extensions.Norm;
        double[] kept = [.. hBefore];
        for (int p = 0; p < P && extensions.RecurrentMask != null; p++)
            kept[p] *= extensions.RecurrentMask[row % input.B * P + p];
        double[] fromX = Product(weights.Ih, input.X.Row(row, I)), fromH = Product(weights.Hh, kept);
        double[] x = norm == null ? fromX : ReferenceLayerNorm.Forward(fromX, norm.GainIh);
        double[] h = norm == null ? fromH : ReferenceLayerNorm.Forward(fromH, norm.GainHh);
        double[] gates = new double[4 * H], cell = new double[H], inner = new double[H];
        for (int j = 0; j < 4 * H; j++)
        {
            double a = weights.BiasIh[j] + weights.BiasHh[j] + x[j] + h[j];
            gates[j] = j / H == 2 ? Math.Tanh(a) : extensions.GateSlope > 0
                ? Math.Clamp(extensions.GateSlope * a + 0.5, 0, 1) : Sigmoid(a);
        }
        for (int k = 0; k < H; k++)
            cell[k] = gates[H + k] * cBefore[k] + gates[k] * gates[2 * H + k];
        double[] normed = norm == null ? cell : ReferenceLayerNorm.Forward(cell, norm.GainC, norm.BiasC);
        for (int k = 0; k < H; k++)
            inner[k] = gates[3 * H + k] * Math.Tanh(normed[k]);
        double[] projected = extensions.Projection == null ? inner : Product(extensions.Projection, inner);
        return new(kept, fromX, fromH, gates, cell, normed, inner,
            Mix(extensions.ZoneoutH, row, hBefore, projected), Mix(extensions.ZoneoutC, row, cBefore, cell));
    }

    /// <summary>One step back; adds to the gradients of parameters and x.</summary>
    /// <returns>Gradients of the previous h and c.</returns>
    private static (double[] DhBefore, double[] DcBefore) RunBack(
        LstmWeights weights, LstmExtensions extensions, LstmInput input, int row, double[] hBefore, double[] cBefore,
        double[] dh, double[] dc, LstmExtendedGradients gradients)
    {
        (int I, int H, int P) = (weights.InputSize, weights.HiddenSize, hBefore.Length);
        Step s = Run(weights, extensions, input, row, hBefore, cBefore);
        double[] dhBefore = Mix(extensions.ZoneoutH, row, dh, new double[P]);
        double[] dcBefore = Mix(extensions.ZoneoutC, row, dc, new double[H]);
        double[] dProjected = Mix(extensions.ZoneoutH, row, new double[P], dh), dInner = dProjected;
        if (extensions.Projection != null)
            dInner = ProductBack(extensions.Projection, s.Inner, dProjected, gradients.Projection!);

        double[] dNormed = new double[H], da = new double[4 * H];
        for (int k = 0; k < H; k++)
        {
            (double tanh, double o) = (Math.Tanh(s.Normed[k]), s.Gates[3 * H + k]);
            dNormed[k] = dInner[k] * o * (1 - tanh * tanh);
            da[3 * H + k] = dInner[k] * tanh * o * (1 - o);
        }
        double[] dCell = extensions.Norm == null ? dNormed
            : ReferenceLayerNorm.Backward(
                s.Cell, extensions.Norm.GainC, dNormed, gradients.Norm!.GainC, gradients.Norm.BiasC);
        AddScaled(dCell, 1, Mix(extensions.ZoneoutC, row, new double[H], dc));
        for (int k = 0; k < H; k++)
        {
            (double i, double f, double g, _) = Gates(s.Gates, k);
            da[k] = dCell[k] * g * i * (1 - i);
            da[H + k] = dCell[k] * cBefore[k] * f * (1 - f);
            da[2 * H + k] = dCell[k] * i * (1 - g * g);
            dcBefore[k] += dCell[k] * f;
        }
        AddScaled(gradients.Plain.Bias, 1, da);
        double[] dFromX = extensions.Norm == null ? da
            : ReferenceLayerNorm.Backward(s.FromX, extensions.Norm.GainIh, da, gradients.Norm!.GainIh);
        double[] dFromH = extensions.Norm == null ? da
            : ReferenceLayerNorm.Backward(s.FromH, extensions.Norm.GainHh, da, gradients.Norm!.GainHh);
        ProductBack(weights.Ih, input.X.Row(row, I), dFromX, gradients.Plain.Ih).CopyTo(gradients.Plain.X.Row(row, I));
        double[] dKept = ProductBack(weights.Hh, s.Kept, dFromH, gradients.Plain.Hh);
        for (int p = 0; p < P; p++)
            dhBefore[p] += dKept[p] * (extensions.RecurrentMask?[row % input.B * P + p] ?? 1);
        return (dhBefore, dcBefore);
    }

    /// <summary>P: w_hh is [4H, P].</summary>
    private static int StateSize(LstmWeights weights) => weights.Hh.Length / (4 * weights.HiddenSize);

    /// <summary>z old + (1 - z) new with a row of z; new where z is null.</summary>
    private static double[] Mix(double[]? zoneout, int row, double[] old, double[] next)
    {
        double[] mixed = [.. next];
        for (int i = 0; i < mixed.Length && zoneout != null; i++)
        {
            double z = zoneout[row * mixed.Length + i];
            mixed[i] = z * old[i] + (1 - z) * next[i];
        }
        return mixed;
    }
}
