using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Runtime.Training.Forecasts;

/// <summary>Forecasts that need no network: what one has to be better than.</summary>
public static class NaiveForecasts
{
    public const string Last = "last value", Seasonal = "seasonal value", Drift = "drift";

    /// <summary>Those of windows, by name, [N, H K] in units: the last value; the value a season before; the last value
    /// and the mean step of the series so far (Hyndman and Athanasopoulos 2021, section 5.2).</summary>
    /// <param name="season">Rows of a season; 1: there is none.</param>
    public static IReadOnlyList<(string Name, double[] Answers)> Of(WindowSamples windows, int season)
    {
        List<(string, double[])> all = [(Last, Answers(windows, (group, now, h, k) => windows.Data[now - 1, k]))];
        if (season > 1)
            all.Add((Seasonal, Answers(windows, (group, now, h, k) =>
                windows.Data[SeasonBefore(group, now, h, season), k])));
        all.Add((Drift, Answers(windows, (group, now, h, k) =>
        {
            double last = windows.Data[now - 1, k], first = windows.Data[group.First, k];
            return last + (h + 1) * (last - first) / Math.Max(1, now - 1 - group.First);
        })));
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

    private static int SeasonBefore(SeriesGroup group, int now, int h, int season) =>
        Math.Max(group.First, now + h - season * (h / season + 1));

    private static double[] Answers(WindowSamples windows, Func<SeriesGroup, int, int, int, double> value)
    {
        int series = windows.Data.Series;
        double[] answers = new double[(long)windows.Count * windows.AnswerSize];
        for (int i = 0, at = 0; i < windows.Count; i++)
        {
            SeriesGroup group = windows.Data.GroupOf(windows.Starts[i]);
            for (int h = 0; h < windows.Horizon; h++)
                for (int k = 0; k < series; k++, at++)
                    answers[at] = value(group, windows.Now(i), h, k);
        }
        return answers;
    }
}
