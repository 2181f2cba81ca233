namespace GpuLstm.Host.Plots.Charts;

public enum Unit
{
    Number,
    /// <summary>Fractions, shown in percent.</summary>
    Percent,
}

/// <summary>One axis: what it measures, the range it shows and where it is marked.</summary>
public sealed record Axis(string Label, double Min, double Max, Unit Unit = Unit.Number, bool IsLogarithmic = false)
{
    private const int FewestIntervals = 4;

    /// <summary>What a value is called; null: a number.</summary>
    public Func<double, string>? Words { get; init; }

    public IReadOnlyList<double> Ticks =>
        IsLogarithmic ? Charts.Ticks.Logarithmic(Min, Max) : Charts.Ticks.Linear(Min, Max, FewestIntervals);

    /// <summary>The ticks whose labels have room on an axis of a length: of a logarithmic axis powers of ten first,
    /// then whatever fits between them.</summary>
    /// <param name="length">In canvas units.</param>
    /// <param name="room">What a label takes along the axis.</param>
    public IEnumerable<double> TicksApart(double length, Func<string, double> room)
    {
        var kept = new List<(double Tick, double At, double Room)>();
        foreach (double tick in Ticks.OrderBy(tick => IsLogarithmic && !IsPowerOfTen(tick)))
        {
            (double at, double own) = (Fraction(tick) * length, room(TickLabel(tick)));
            if (kept.TrueForAll(other => Math.Abs(other.At - at) >= (other.Room + own) / 2))
                kept.Add((tick, at, own));
        }
        return kept.Select(one => one.Tick).Order();
    }

    private static bool IsPowerOfTen(double value) => Math.Abs(Math.Log10(value) % 1) is < 1e-6 or > 1 - 1e-6;

    /// <summary>Position of a value along the axis: 0 at <see cref="Min"/>, 1 at <see cref="Max"/>, beyond outside the
    /// range.</summary>
    public double Fraction(double value) => IsLogarithmic
        ? Math.Log(value / Min) / Math.Log(Max / Min)
        : (value - Min) / (Max - Min);

    public string TickLabel(double value) => Words != null ? Words(value) : Unit == Unit.Percent
        ? Charts.Ticks.Percent(value, Charts.Ticks.Step(Min, Max, FewestIntervals))
        : Charts.Ticks.Label(value);

    /// <summary>An axis that shows all finite <paramref name="values"/>, its ends on round numbers.
    /// Logarithmic where asked for and all values are positive.</summary>
    public static Axis Over(string label, IEnumerable<double> values, Unit unit = Unit.Number, bool logarithmic = false)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0)
            return new Axis(label, 0, 1, unit);
        double min = finite.Min();
        double max = finite.Max();
        if (logarithmic && min > 0)
            return new Axis(label, Rounded(min, up: false), Math.Max(Rounded(max, up: true), min * 1.5), unit, true);
        if (max - min < 1e-9 * Math.Max(1, Math.Abs(max)))
            (min, max) = (min - 0.5, max + 0.5);
        double step = Charts.Ticks.Step(min, max, FewestIntervals);
        return new Axis(label, Math.Floor(min / step + 1e-9) * step, Math.Ceiling(max / step - 1e-9) * step, unit);
    }

    /// <summary>The next number with one digit.</summary>
    private static double Rounded(double value, bool up)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return (up ? Math.Ceiling(value / power - 1e-9) : Math.Floor(value / power + 1e-9)) * power;
    }
}
