using System.Globalization;

namespace GpuLstm.Tests.Reference;

/// <summary>Comparisons that NaN cannot pass, and the poison that makes an unwritten output NaN.</summary>
public static class Compare
{
    /// <summary>Passes where |actual - expected| &lt;= absolute + relative |expected| for every element; else fails and
    /// reports the element that exceeds it most.</summary>
    public static void Close(
        ReadOnlySpan<double> actual, ReadOnlySpan<double> expected, double absolute, double relative, string name)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length), $"{name}: number of elements");
        (int worst, double excess, int wrong) = (-1, 0, 0);
        for (int i = 0; i < actual.Length; i++)
        {
            double error = Math.Abs(actual[i] - expected[i]), tolerance = absolute + relative * Math.Abs(expected[i]);
            if (error <= tolerance && double.IsFinite(expected[i]))
                continue;
            wrong++;
            double ratio = double.IsNaN(error) ? double.PositiveInfinity : error / tolerance;
            if (worst < 0 || ratio > excess)
                (worst, excess) = (i, ratio);
        }
        if (worst >= 0)
            Assert.Fail(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {wrong} of {actual.Length} elements are wrong; the worst, [{worst}], is {actual[worst]:R}, "
                + $"not {expected[worst]:R}; they differ by {Math.Abs(actual[worst] - expected[worst]):G3}, "
                + $"tolerance {absolute:G3} + {relative:G3} of the value."));
    }

    /// <summary>As <see cref="Close(ReadOnlySpan{double}, ReadOnlySpan{double}, double, double, string)"/>, for floats
    /// against float64.</summary>
    public static void Close(
        ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double absolute, double relative, string name) =>
        Close(Widen(actual), expected, absolute, relative, name);

    /// <summary>One number.</summary>
    public static void Close(double actual, double expected, double absolute, double relative, string name) =>
        Close([actual], [expected], absolute, relative, name);

    /// <summary>Fills with NaN: what an operation leaves unwritten then fails every comparison.</summary>
    public static void Poison(Span<float> values) => values.Fill(float.NaN);

    /// <summary>Fills with NaN: what an operation leaves unwritten then fails every comparison.</summary>
    public static void Poison(Span<double> values) => values.Fill(double.NaN);

    /// <summary>The same numbers in float64, where each float is exact.</summary>
    public static double[] Widen(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
            wide[i] = values[i];
        return wide;
    }

    /// <summary>The nearest floats.</summary>
    public static float[] Narrow(ReadOnlySpan<double> values)
    {
        var narrow = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
            narrow[i] = (float)values[i];
        return narrow;
    }
}
