using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Runtime.Training.Forecasts;

/// <summary>A forecast that needs no network.</summary>
/// <param name="Answer">From the series' group, the row at which the forecast begins, the step from 0 and the
/// column.</param>
public sealed record NaiveForecast(string Name, Func<SeriesGroup, int, int, int, double> Answer);

/// <summary>Forecasts that need no network: what one has to be better than.</summary>
public static class NaiveForecasts
{
    public const string Last = "last value", Seasonal = "seasonal value", Drift = "drift";

    /// <summary>Those of windows, by name: the last value; the value a season before; the last value and the mean step
    /// of the series so far (Hyndman and Athanasopoulos 2021, section 5.2).</summary>
    /// <param name="season">Rows of a season; 1: there is none.</param>
    public static IReadOnlyList<NaiveForecast> Of(SeriesData data, int season)
    {
        List<NaiveForecast> all = [new(Last, (group, now, h, k) => data[now - 1, k])];
        if (season > 1)
            all.Add(new(Seasonal, (group, now, h, k) =>
                data[Math.Max(group.First, now + h - season * (h / season + 1)), k]));
        all.Add(new(Drift, (group, now, h, k) =>
        {
            double last = data[now - 1, k], first = data[group.First, k];
            return last + (h + 1) * (last - first) / Math.Max(1, now - 1 - group.First);
        }));
        return all;
    }

    /// <summary>The mean magnitude of the errors of the naive forecast over a season on training rows, by which MASE
    /// scales errors (Hyndman and Koehler 2006): one for each series.</summary>
    /// <param name="season">1: of the last value.</param>
    public static double[] Scales(SeriesData data, SeriesParts parts, int season)
    {
        double[] scales = new double[data.Series];
        for (int k = 0; k < scales.Length; k++)
        {
            double sum = 0;
            long count = 0;
            foreach (SeriesGroup group in data.Groups)
                for (int row = group.First + season; row < group.First + parts.Borders(group).Test; row++, count++)
                    sum += Math.Abs(data[row, k] - data[row - season, k]);
            scales[k] = sum / Math.Max(1, count);
        }
        return scales;
    }
}
