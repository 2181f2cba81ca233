namespace GpuLstm.Tests.Reference;

/// <summary>The few vector words that the references are written in.</summary>
public static class Rows
{
    /// <summary>Row <paramref name="index"/> of a row-major matrix whose rows are <paramref name="width"/> long.</summary>
    public static Span<double> Row(this double[] matrix, long index, int width) => matrix.AsSpan(checked((int)(index * width)), width);

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

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
