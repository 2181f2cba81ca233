using System.Globalization;

namespace GpuLstm.Runtime.Data.Series;

/// <summary>What the values of a window are told in relation to.</summary>
public enum RelativeTo
{
    None,

    /// <summary>Its last value.</summary>
    Last,

    /// <summary>Its mean.</summary>
    Mean,
}

/// <summary>What becomes of a series before it is normalised: the logarithm, then differences, then each window in
/// relation to a value of its own. All of it is undone before any figure is shown.</summary>
/// <param name="Log">Whether the natural logarithm is taken.</param>
/// <param name="Difference">D of v[t] - v[t - D]; 0: none; <see cref="Season"/>: the rows of one.</param>
/// <param name="Relative">Whether each window's values are told in relation to one of its own.</param>
public sealed record SeriesTransform(bool Log = false, int Difference = 0, RelativeTo Relative = RelativeTo.None)
{
    /// <summary>A difference whose rows are known once the data are.</summary>
    public const int Season = -1;

    /// <summary>In words.</summary>
    public override string ToString()
    {
        List<string> parts = [];
        if (Log)
            parts.Add("logarithm");
        if (Difference > 0)
            parts.Add(Difference == 1 ? "differences"
                : string.Create(CultureInfo.InvariantCulture, $"differences over {Difference}"));
        if (Relative != RelativeTo.None)
            parts.Add(Relative == RelativeTo.Last ? "relative to the last value" : "relative to the window's mean");
        return parts.Count == 0 ? "values as they are" : string.Join(", ", parts);
    }

    /// <summary>A value before differences are taken.</summary>
    public double Level(double value) => Log ? Math.Log(value) : value;

    /// <summary>The inverse of <see cref="Level"/>.</summary>
    public double Unlevel(double level) => Log ? Math.Exp(level) : level;

    /// <summary>Those that are worth trying on a series.</summary>
    /// <param name="isPositive">Whether all values are above 0.</param>
    /// <param name="season">Rows of a season; 0 or 1: none.</param>
    public static IReadOnlyList<SeriesTransform> Candidates(bool isPositive, int season) =>
    [
        .. from log in Enumerable.Range(0, isPositive ? 2 : 1).Select(i => i == 1)
           from rest in new SeriesTransform[]
           {
               new(), new(Difference: 1), new(Difference: season), new(Relative: RelativeTo.Last),
               new(Relative: RelativeTo.Mean),
           }.Where((_, i) => i != 2 || season > 1)
           select rest with { Log = log },
    ];
}
