using System.Globalization;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>Where an axis is marked: round numbers (1, 2 or 5 times a power of ten) inside a range.</summary>
public static class Ticks
{
    private const double Tolerance = 1e-9;

    /// <summary>The largest round step that gives at least <paramref name="fewest"/> intervals in the range.</summary>
    public static double Step(double min, double max, int fewest)
    {
        double raw = (max - min) / fewest * (1 + Tolerance);
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double factor = raw / power;
        return power * (factor >= 5 ? 5 : factor >= 2 ? 2 : 1);
    }

    /// <summary>Multiples of a round step in [min, max].</summary>
    public static IReadOnlyList<double> Linear(double min, double max, int fewest)
    {
        double step = Step(min, max, fewest);
        long first = (long)Math.Ceiling(min / step - Tolerance);
        long last = (long)Math.Floor(max / step + Tolerance);
        var ticks = new List<double>();
        for (long i = first; i <= last; i++)
            ticks.Add(i * step);
        return ticks;
    }

    /// <summary>Powers of ten in [min, max]; with their 2- and 5-fold, or every 1 to 9-fold, where powers alone are too
    /// few.</summary>
    public static IReadOnlyList<double> Logarithmic(double min, double max)
    {
        double decades = Math.Log10(max / min);
        int[] factors = decades >= 4 ? [1] : decades >= 0.8 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
        var ticks = new List<double>();
        for (int power = (int)Math.Floor(Math.Log10(min)); power <= Math.Ceiling(Math.Log10(max)); power++)
            foreach (int factor in factors)
            {
                double tick = factor * Math.Pow(10, power);
                if (tick >= min * (1 - Tolerance) && tick <= max * (1 + Tolerance))
                    ticks.Add(tick);
            }
        return ticks;
    }

    /// <summary>A number as an axis or table shows it: up to six significant digits, thousands grouped by a thin
    /// space.</summary>
    public static string Label(double value)
    {
        double magnitude = Math.Abs(value);
        if (magnitude >= 1e7 || magnitude is > 0 and < 1e-4)
            return value.ToString("0.###e0", CultureInfo.InvariantCulture);
        if (magnitude >= 1000)
            return value.ToString("#,0.##", CultureInfo.InvariantCulture).Replace(',', '\u2009');
        return ((decimal)Math.Round(value, 6)).ToString("0.######", CultureInfo.InvariantCulture);
    }

    /// <summary>A fraction in percent, with as many decimals as <paramref name="step"/> needs: 0.975 with steps of
    /// 0.005 is 97.5 %.</summary>
    public static string Percent(double fraction, double step = 0.01)
    {
        int decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step * 100) - Tolerance), 0, 6);
        return (fraction * 100).ToString("F" + decimals, CultureInfo.InvariantCulture) + "\u2009%";
    }
}
