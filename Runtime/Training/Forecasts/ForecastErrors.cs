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
        IReadOnlyList<(string Name, double[] Answers)> naive = NaiveForecasts.Of(windows, season);
        return
        [
            .. Enumerable.Range(0, windows.Data.Series).Select(k => new ForecastErrors(windows.Data.Names[k],
                Errors(NetworkName, evaluation.Answers, k), [.. naive.Select(n => Errors(n.Name, n.Answers, k))])),
        ];

        MethodErrors Errors(string method, double[] answers, int k)
        {
            double[][] answered = Steps(answers, k), true_ = Steps(evaluation.Truths, k);
            return new(method, ValueErrors.Of([.. answered.SelectMany(s => s)], [.. true_.SelectMany(s => s)]),
                [.. answered.Zip(true_, (a, t) => ValueErrors.Of(a, t))], scales[k]);
        }

        double[][] Steps(double[] values, int k) =>
        [
            .. Enumerable.Range(0, windows.Horizon).Select(h => evaluation.Column(values, h * windows.Data.Series + k)),
        ];
    }
}
