namespace GpuLstm.Tests.Reference;

/// <summary>The few vector words that the references are written in.</summary>
public static class Rows
{
    /// <summary>Row <paramref name="index"/> of a row-major matrix whose rows are <paramref name="width"/>
    /// long.</summary>
    public static Span<double> Row(this double[] matrix, long index, int width) =>
        matrix.AsSpan(checked((int)(index * width)), width);

    /// <summary>A copy of a row, or zeros where there is no matrix.</summary>
    public static double[] RowOrZeros(this double[]? matrix, long index, int width) =>
        matrix == null ? new double[width] : matrix.Row(index, width).ToArray();

    /// <summary>The gates i, f, g, o of unit k out of [4H].</summary>
    public static (double I, double F, double G, double O) Gates(ReadOnlySpan<double> gates, int k)
    {
        int H = gates.Length / 4;
        return (gates[k], gates[H + k], gates[2 * H + k], gates[3 * H + k]);
    }

    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>target += scale values.</summary>
    public static void AddScaled(Span<double> target, double scale, ReadOnlySpan<double> values)
    {
        for (int i = 0; i < target.Length; i++)
            target[i] += scale * values[i];
    }

    /// <summary>matrix x, of a row-major matrix as wide as x is long.</summary>
    public static double[] Product(double[] matrix, ReadOnlySpan<double> x)
    {
        var y = new double[matrix.Length / x.Length];
        for (int j = 0; j < y.Length; j++)
            y[j] = Dot(matrix.Row(j, x.Length), x);
        return y;
    }

    /// <summary>The gradient of x in y = matrix x; adds the matrix's to <paramref name="dMatrix"/>.</summary>
    public static double[] ProductBack(double[] matrix, ReadOnlySpan<double> x, double[] dy, double[] dMatrix)
    {
        var dx = new double[x.Length];
        for (int j = 0; j < dy.Length; j++)
        {
            AddScaled(dx, dy[j], matrix.Row(j, x.Length));
            AddScaled(dMatrix.Row(j, x.Length), dy[j], x);
        }
        return dx;
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
