namespace GpuLstm.Kernels;

/// <summary>Elementary functions from additions, multiplications and divisions alone. Those are exact by IEEE 754,
/// while the C library's functions differ in the last bit from one system to the next. Errors are below
/// 1e-12.</summary>
public static class PortableMath
{
    /// <summary>The natural logarithm of a normal positive number: log(m 2^e) = e log 2 + 2
    /// artanh((m-1)/(m+1)).</summary>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & ((1L << 52) - 1)) | (1023L << 52)); // [1, 2)
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            exponent++;
        }
        double s = (mantissa - 1) / (mantissa + 1); // |s| <= 0.172
        double square = s * s;
        double series = 0;
        for (int power = 15; power >= 1; power -= 2)
            series = series * square + 1.0 / power;
        return exponent * 0.6931471805599453 + 2 * s * series;
    }

    /// <summary>Sine and cosine of 2 pi <paramref name="turns"/>; |turns| below 2^50.</summary>
    public static (double Sine, double Cosine) SinCosOfTurns(double turns)
    {
        double quarters = turns * 4;
        double nearest = Math.Floor(quarters + 0.5);
        double angle = (quarters - nearest) * (Math.PI / 2); // |angle| <= pi/4
        double square = angle * angle;
        double sine = 1, cosine = 1; // Taylor series, innermost term first
        for (int n = 14; n >= 2; n -= 2)
        {
            sine = 1 - square / (n * (n + 1)) * sine;
            cosine = 1 - square / (n * (n - 1)) * cosine;
        }
        sine *= angle;
        return ((long)nearest & 3) switch
        {
            0 => (sine, cosine),
            1 => (cosine, -sine),
            2 => (-sine, -cosine),
            _ => (-cosine, sine),
        };
    }
}
