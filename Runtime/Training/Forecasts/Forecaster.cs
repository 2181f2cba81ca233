using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training.Forecasts;

/// <summary>A forecast of what follows a series.</summary>
/// <param name="Group">The series' group; empty where there is one.</param>
/// <param name="Times">[steps] in words.</param>
/// <param name="Values">[steps, K] in units.</param>
/// <param name="Lower">[steps, K] where the interval begins; null: none is known.</param>
/// <param name="Upper">[steps, K] where it ends.</param>
public sealed record Forecast(
    string Group, IReadOnlyList<string> Times, double[] Values, double[]? Lower, double[]? Upper);

/// <summary>Forecasts the rows that follow series: a horizon at once, and beyond it from its own forecasts.</summary>
public sealed class Forecaster(Engine engine, Model model, ParameterSet parameters)
{
    private SeriesOptions Options => model.Series!;

    private SeriesTransform Transform => Options.Transform ?? new();

    /// <summary>The rows that follow each series.</summary>
    /// <param name="steps">How many.</param>
    /// <exception cref="GpuLstmException">A series is shorter than the model's window, or what the model reads ahead is
    /// not told for long enough.</exception>
    public IReadOnlyList<Forecast> Run(SeriesData data, int steps)
    {
        int horizon = Options.Horizon, needed = Options.Window + Transform.Difference, size = data.InputSize;
        int rounds = (steps + horizon - 1) / horizon;
        foreach (SeriesGroup group in data.Groups)
        {
            string of = group.Name.Length == 0 ? "The series" : $"The series '{group.Name}'";
            if (group.Count < needed)
                throw new GpuLstmException($"{of} has {group.Count} rows; the model reads {needed} to forecast from.");
            if (data.KnownAhead.Contains(true) && group.Coming < steps)
                throw new GpuLstmException($"{of} has {group.Coming} rows to come, after the last with values, and "
                    + $"the model "
                    + $"reads {string.Join(", ", data.Names.Where((_, i) => data.KnownAhead[i]))} of the {steps} that "
                    + $"are "
                    + "forecast: add rows with these columns filled and those of the series empty.");
            if (rounds > 1 && Enumerable.Range(data.Series, size - data.Series).Any(i => !data.KnownAhead[i]))
                throw new GpuLstmException($"{steps} steps are beyond the model's horizon of {horizon}, and it reads "
                    + $"columns "
                    + "that are known only up to now: forecast fewer steps, or train with a longer --horizon.");
        }
        (SeriesData extended, int[] nows) = Extended(data, rounds * horizon);
        for (int round = 0; round < rounds; round++)
        {
            float[] answers = Answer(extended, [.. nows.Select(now => now + round * horizon - Options.Window)]);
            for (int g = 0; g < nows.Length; g++)
                for (int h = 0; h < horizon; h++)
                    for (int k = 0; k < data.Series; k++)
                        extended.Values[(long)(nows[g] + round * horizon + h) * size + k] =
                            answers[(g * horizon + h) * data.Series + k];
        }
        return [.. data.Groups.Select((group, g) => Told(extended, group, nows[g], steps))];
    }

    /// <summary>The series with room for the rows that are forecast, and where each one's begin.</summary>
    private static (SeriesData Data, int[] Nows) Extended(SeriesData data, int room)
    {
        int size = data.InputSize, rows = 0;
        List<SeriesGroup> groups = [];
        foreach (SeriesGroup group in data.Groups)
        {
            int coming = Math.Max(room, group.Coming);
            groups.Add(group with { First = rows, Count = group.Count + coming, Coming = 0 });
            rows += group.Count + coming;
        }
        float[] values = new float[(long)rows * size];
        int[] nows = new int[groups.Count];
        for (int g = 0; g < nows.Length; g++)
        {
            SeriesGroup from = data.Groups[g];
            data.Values.AsSpan(from.First * size, (from.Count + from.Coming) * size)
                .CopyTo(values.AsSpan(groups[g].First * size));
            nows[g] = groups[g].First + from.Count;
        }
        return (data with { Values = values, Groups = groups }, nows);
    }

    private float[] Answer(SeriesData data, int[] starts)
    {
        WindowSamples windows = new(data, starts, Options.Window, Options.Horizon, Transform);
        using var evaluator = new Evaluator(engine, model.Network, parameters, windows, model.Scale,
            recipe: model.Recipe);
        return evaluator.Answer();
    }

    private Forecast Told(SeriesData data, SeriesGroup group, int now, int steps)
    {
        int series = data.Series;
        double[] values = new double[steps * series], lower = new double[values.Length],
            upper = new double[values.Length];
        for (int at = 0; at < values.Length; at++)
        {
            values[at] = data[now + at / series, at % series];
            if (model.Intervals is not { } intervals)
                continue;
            (lower[at], upper[at]) = ForecastIntervals.Around(
                values[at], Width(intervals, at / series, at % series, series), Transform);
        }
        bool hasIntervals = model.Intervals != null;
        return new(group.Name,
            [.. Enumerable.Range(0, steps).Select(step => data.Axis.Text(data.Axis.At(group.Start, group.Count
                + step)))],
            values, hasIntervals ? lower : null, hasIntervals ? upper : null);
    }

    /// <summary>Beyond the horizon errors add up: the interval widens as a random walk's does, by the root of the
    /// steps.</summary>
    private double Width(ForecastIntervals intervals, int step, int k, int series)
    {
        int last = Options.Horizon - 1;
        return step <= last ? intervals.Widths[step * series + k]
            : intervals.Widths[last * series + k] * Math.Sqrt((step + 1.0) / Options.Horizon);
    }
}
