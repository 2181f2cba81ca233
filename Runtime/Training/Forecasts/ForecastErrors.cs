using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Runtime.Training.Forecasts;

/// <summary>How far a way of forecasting one series was from the truth.</summary>
/// <param name="Method">The network, or a naive forecast.</param>
/// <param name="Whole">Over all steps of the horizon.</param>
/// <param name="Steps">[H] for each of them.</param>
/// <param name="Scale">What MASE divides by.</param>
public sealed record MethodErrors(string Method, ValueErrors Whole, IReadOnlyList<ValueErrors> Steps, double Scale)
{
    /// <summary>Mean absolute scaled error: below 1 it is better than the naive forecast was on the training
    /// rows.</summary>
    public double Mase => Whole.Mae / Scale;

    /// <summary>The same of a step, from 0.</summary>
    public double MaseAt(int step) => Steps[step].Mae / Scale;
}

/// <summary>A network's errors on the windows of one series, beside those of forecasts that need none.</summary>
/// <param name="Series">The column's name.</param>
/// <param name="Network">The network.</param>
/// <param name="Naive">The others.</param>
public sealed record ForecastErrors(string Series, MethodErrors Network, IReadOnlyList<MethodErrors> Naive)
{
    public const string NetworkName = "network";

    /// <summary>The naive forecasts that the network is no better than, by RMSE over the whole horizon.</summary>
    public IReadOnlyList<MethodErrors> LosesTo => [.. Naive.Where(naive => !(Network.Whole.Rmse < naive.Whole.Rmse))];

    /// <summary>Those of every series.</summary>
    /// <param name="season">Rows of a season; 1: there is none.</param>
    public static IReadOnlyList<ForecastErrors> Of(
        WindowSamples windows, ValueEvaluation evaluation, SeriesParts parts, int season)
    {
        double[] scales = NaiveForecasts.Scales(windows.Data, parts, season);
        IReadOnlyList<NaiveForecast> naive = NaiveForecasts.Of(windows.Data, season);
        int series = windows.Data.Series;
        return
        [
            .. Enumerable.Range(0, series).Select(k => new ForecastErrors(windows.Data.Names[k],
                Errors(NetworkName, (i, h) => evaluation.Answer(i, h * series + k), k),
                [.. naive.Select(one => Errors(one.Name, (i, h) => one.Answer(
                    windows.Data.GroupOf(windows.Starts[i]), windows.Now(i), h, k), k))])),
        ];

        MethodErrors Errors(string method, Func<int, int, double> answer, int k)
        {
            ErrorSums whole = new();
            ErrorSums[] steps = new ErrorSums[windows.Horizon];
            for (int i = 0; i < evaluation.Count; i++)
                for (int h = 0; h < steps.Length; h++)
                {
                    double answered = answer(i, h), truth = evaluation.Truth(i, h * series + k);
                    whole.Add(answered, truth);
                    steps[h].Add(answered, truth);
                }
            return new(method, whole.ToErrors(), [.. steps.Select(step => step.ToErrors())], scales[k]);
        }
    }
}
