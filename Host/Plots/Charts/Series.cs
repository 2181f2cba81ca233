using GpuLstm.Host.Plots.Drawing;

namespace GpuLstm.Host.Plots.Charts;

/// <summary>Data in a chart, in data units. <paramref name="Name"/> stands in the legend; null leaves it out.</summary>
public abstract record Series(string? Name, Style Style)
{
    /// <summary>What the legend shows beside the name, a result such as "AUC 0.998".</summary>
    public string? Note { get; init; }
}

/// <summary>A line through points; a point that is not finite interrupts it.</summary>
public sealed record LineSeries(string? Name, IReadOnlyList<Point> Points, Style Style) : Series(Name, Style)
{
    /// <summary>Dots on the points, for few points that are measurements of their own.</summary>
    public bool HasMarkers { get; init; }
}

/// <summary>Dots alone.</summary>
public sealed record PointSeries(string? Name, IReadOnlyList<Point> Points, Style Style) : Series(Name, Style);

/// <summary>The area between two lines over the same x.</summary>
public sealed record BandSeries(string? Name, IReadOnlyList<Point> Lower, IReadOnlyList<Point> Upper, Style Style)
    : Series(Name, Style);

/// <summary>Bars from the bottom of the chart.</summary>
public sealed record BarSeries(string? Name, IReadOnlyList<Bar> Bars, Style Style) : Series(Name, Style);

/// <summary>A bar from <paramref name="Left"/> to <paramref name="Right"/> on x, as high as <paramref name="Value"/> on
/// y.</summary>
public readonly record struct Bar(double Left, double Right, double Value);
