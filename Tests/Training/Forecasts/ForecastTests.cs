using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Forecasts;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Tests.Training.Forecasts;

/// <summary>Naive forecasts, errors and intervals by hand, and forecasts beyond the horizon.</summary>
public class ForecastTests
{
    private static SeriesData Series(float[] values, int coming = 0) => new(["a"], 1, [false], values,
        [new("", 0, values.Length - coming, coming, default)], TimeAxis.Counted);

    private static WindowSamples Windows(float[] values, int[] starts, int window, int horizon) =>
        new(Series(values), starts, window, horizon, new());

    [Test]
    public void Naive_forecasts_are_the_last_value_the_season_before_and_the_mean_step()
    {
        SeriesData data = Series([1, 2, 4, 3, 5, 7, 0, 0, 0, 0, 0]);
        SeriesGroup group = data.Groups[0];
        float[] Of(string name) => [.. Enumerable.Range(0, 5).Select(h => (float)NaiveForecasts.Of(data, 3)
            .Single(naive => naive.Name == name).Answer(group, 6, h, 0))];
        Assert.Multiple(() =>
        {
            Assert.That(Of(NaiveForecasts.Last), Is.EqualTo(new float[] { 7, 7, 7, 7, 7 }));
            Assert.That(Of(NaiveForecasts.Seasonal), Is.EqualTo(new float[] { 3, 5, 7, 3, 5 }));
            Assert.That(Of(NaiveForecasts.Drift), Is.EqualTo(new[] { 8.2f, 9.4f, 10.6f, 11.8f, 13f }).Within(1e-5));
            Assert.That(NaiveForecasts.Of(data, 1).Select(n => n.Name), Has.None.EqualTo(NaiveForecasts.Seasonal));
        });
    }

    [Test]
    public void Errors_by_step_and_their_scale_are_right_and_a_network_that_loses_is_told()
    {
        float[] values = [1, 3, 2, 4, 3, 5, 4, 6, 5];
        WindowSamples windows = Windows(values, [0, 5], 2, 2); // forecast rows 2, 3 and 7, 8
        ValueEvaluation evaluation = new(0, [2, 4 + 3, 6 + 1, 5], windows);
        ForecastErrors errors = ForecastErrors.Of(windows, evaluation, SeriesParts.Of("2:1", null), season: 2).Single();
        Assert.Multiple(() =>
        {
            Assert.That(errors.Network.Whole.Rmse, Is.EqualTo(Math.Sqrt((9 + 1) / 4.0)).Within(1e-9));
            Assert.That(errors.Network.Steps.Select(s => s.Mae), Is.EqualTo(new[] { 0.5, 1.5 }));
            // On the first six rows two rows' steps are 1, 1, 1, 1.
            Assert.That(errors.Network.Scale, Is.EqualTo(1));
            Assert.That(errors.Network.MaseAt(1), Is.EqualTo(1.5));
            Assert.That(errors.LosesTo.Select(n => n.Method), Does.Contain(NaiveForecasts.Seasonal));
            Assert.That(errors.Naive.Single(n => n.Method == NaiveForecasts.Seasonal).Whole.Rmse, Is.EqualTo(1));
        });
    }

    [Test]
    public void Explained_variance_is_right()
    {
        ErrorSums sums = new();
        foreach ((double answer, double truth) in new[] { (1.0, 1.0), (2, 3), (6, 5) })
            sums.Add(answer, truth);
        ValueErrors errors = sums.ToErrors();
        Assert.That(errors.R2, Is.EqualTo(1 - 2.0 / 8).Within(1e-12));
        Assert.That(errors.Mae, Is.EqualTo(2.0 / 3).Within(1e-12));
    }

    [Test]
    public void Intervals_hold_the_stated_share_of_errors_like_those_that_they_are_made_from()
    {
        const int Count = 400;
        float[] values = [.. Enumerable.Range(0, 2 * Count + 10).Select(i => 100f + i % 7)];
        float[] Answers(WindowSamples windows, ulong seed)
        {
            var random = new GpuLstm.Kernels.PhiloxRandom(seed, 0, 0);
            return [.. Enumerable.Range(0, Count).SelectMany(i => Enumerable.Range(0, 2).Select(h =>
                windows.Truth(i, h) + (h + 1) * (random.NextInt(2001) - 1000) / 100f))];
        }
        WindowSamples first = Windows(values, [.. Enumerable.Range(0, Count)], 3, 2);
        WindowSamples second = Windows(values, [.. Enumerable.Range(Count, Count)], 3, 2);
        ForecastIntervals intervals = ForecastIntervals.Of([new(first, new(0, Answers(first, 1), first))]);
        Assert.Multiple(() =>
        {
            Assert.That(intervals.Coverage, Is.EqualTo(0.9));
            Assert.That(intervals.Widths[0], Is.EqualTo(9).Within(0.6));
            Assert.That(intervals.Widths[1], Is.EqualTo(18).Within(1.2));
            Assert.That(intervals.Covered(new(0, Answers(second, 2), second), new()), Is.EqualTo(0.9).Within(0.04));
        });
    }

    /// <summary>A network of zeros whose bias answers +1, +2, +3 steps after the last value: forecasts beyond the
    /// horizon begin where the horizon before ended.</summary>
    [Test]
    public void Beyond_the_horizon_forecasts_go_on_from_forecasts()
    {
        using var cpu = new CpuEngine(1);
        SeriesOptions options = new() { Columns = ["a"], Window = 4, Horizon = 3,
            Transform = new(Relative: RelativeTo.Last) };
        Model model = Constant(cpu, options, [1, 2, 3]);
        using ParameterSet parameters = model.Upload(cpu);
        Forecast forecast = new Forecaster(cpu, model, parameters).Run(Series([5, 6, 7, 8, 9, 10]), 8).Single();
        Assert.That(forecast.Values, Is.EqualTo(new double[] { 11, 12, 13, 14, 15, 16, 17, 18 }).Within(1e-4));
        Assert.That(forecast.Times, Is.EqualTo(new[] { "7", "8", "9", "10", "11", "12", "13", "14" }));
        Assert.That(forecast.Upper!.Zip(forecast.Values, (high, value) => high - value),
            Is.EqualTo(new[] { 1, 2, 4, 4 * Math.Sqrt(4 / 3.0), 4 * Math.Sqrt(5 / 3.0), 4 * Math.Sqrt(2),
                4 * Math.Sqrt(7 / 3.0),
                4 * Math.Sqrt(8 / 3.0) }).Within(1e-4));
    }

    [Test]
    public void A_series_shorter_than_the_window_or_without_what_is_read_ahead_is_refused()
    {
        using var cpu = new CpuEngine(1);
        SeriesOptions options = new() { Columns = ["a"], Window = 4, Horizon = 3, Transform = new() };
        Model model = Constant(cpu, options, [1, 2, 3]);
        using ParameterSet parameters = model.Upload(cpu);
        var forecaster = new Forecaster(cpu, model, parameters);
        Assert.That(() => forecaster.Run(Series([1, 2, 3]), 1),
            Throws.InstanceOf<GpuLstmException>().With.Message.Contains("has 3 rows; the model reads 4"));
        SeriesData ahead = new(["a", "b"], 1, [false, true], [1, 1, 2, 1, 3, 1, 4, 1, float.NaN, 1],
            [new("", 0, 4, 1, default)], TimeAxis.Counted);
        Assert.That(() => forecaster.Run(ahead, 2),
            Throws.InstanceOf<GpuLstmException>().With.Message.Contains("has 1 rows to come").And.Message.Contains("reads b"));
        SeriesData observed = ahead with { KnownAhead = [false, false] };
        Assert.That(() => forecaster.Run(observed, 4),
            Throws.InstanceOf<GpuLstmException>().With.Message.Contains("beyond the model's horizon of 3"));
    }

    private static Model Constant(CpuEngine cpu, SeriesOptions options, float[] answers)
    {
        Recipe recipe = Recipes.Find(Recipes.ForSeries) with { Hidden = 2 };
        NetworkSpec spec = recipe.Network(options.Window, 1, answers.Length, Head.Values);
        using var parameters = new ParameterSet(cpu, spec.Parameters(), training: false);
        Model model = Model.Of(recipe, spec, [], parameters) with
        {
            Series = options, Features = Features.AsTheyAre(["a"]), Intervals = new(0.9, [1, 2, 4]),
        };
        foreach (var tensor in model.Tensors)
            Array.Clear(tensor.Values);
        answers.CopyTo(model.Tensors.Single(tensor => tensor.Name == "fc.bias").Values, 0);
        return model;
    }
}
