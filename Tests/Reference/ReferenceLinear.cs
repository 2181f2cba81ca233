using static GpuLstm.Tests.Reference.Rows;

namespace GpuLstm.Tests.Reference;

/// <summary>Gradients of a linear layer.</summary>
/// <param name="X">[rows, I].</param>
/// <param name="Weight">[O, I].</param>
/// <param name="Bias">[O].</param>
public sealed record LinearGradients(double[] X, double[] Weight, double[] Bias);

/// <summary>y = x W^T + b, torch.nn.Linear.</summary>
public static class ReferenceLinear
{
    /// <param name="x">[rows, I].</param>
    /// <param name="weight">[O, I].</param>
    /// <param name="bias">[O].</param>
    /// <returns>[rows, O].</returns>
    public static double[] Forward(int rows, int inputs, int outputs, double[] x, double[] weight, double[] bias)
    {
        var y = new double[rows * outputs];
        for (int r = 0; r < rows; r++)
            for (int o = 0; o < outputs; o++)
                y[r * outputs + o] = Dot(x.Row(r, inputs), weight.Row(o, inputs)) + bias[o];
        return y;
    }

    /// <param name="dy">[rows, O].</param>
    public static LinearGradients Backward(int rows, int inputs, int outputs, double[] x, double[] weight, double[] dy)
    {
        LinearGradients gradients = new(new double[rows * inputs], new double[outputs * inputs], new double[outputs]);
        for (int r = 0; r < rows; r++)
            for (int o = 0; o < outputs; o++)
            {
                double d = dy[r * outputs + o];
                AddScaled(gradients.X.Row(r, inputs), d, weight.Row(o, inputs));
                AddScaled(gradients.Weight.Row(o, inputs), d, x.Row(r, inputs));
                gradients.Bias[o] += d;
            }
        return gradients;
    }
}
