using System.Globalization;
using System.Text.Json.Nodes;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Forecasts;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host;

/// <summary>What a model's answers about samples come to, for the terminal and for JSON.</summary>
internal sealed class EvaluationOutput(Model model, Samples samples, Evaluation result)
{
    private readonly IReadOnlyList<ForecastErrors> _forecasts =
        samples is WindowSamples windows && result is ValueEvaluation values ? ForecastErrors.Of(
            windows, values, model.Data?.Parts ?? SeriesParts.Of(null, null), Season(model, windows)) : [];

    /// <summary>Errors beside those of naive forecasts, of each series; empty where none is forecast.</summary>
    public IReadOnlyList<ForecastErrors> Forecasts => _forecasts;

    /// <summary>The share of true values within the forecasts' intervals; null where there are none.</summary>
    public double? Covered => samples is WindowSamples windows && result is ValueEvaluation values
        ? model.Intervals?.Covered(values, windows.Transform) : null;

    /// <summary>Rows of a season of a model's series; 1: there is none.</summary>
    public static int Season(Model model, WindowSamples windows) => model.Series?.Season ?? windows.Data.Axis.Season;

    /// <summary>Tables of what was right and wrong.</summary>
    public void Write(Terminal terminal)
    {
        if (result is ClassEvaluation classes)
            ConfusionTable.Write(terminal, classes.ToPredictions().Confusion(), model.Classes);
        else if (_forecasts.Count > 0)
            ValueTables.Write(terminal, _forecasts, model.Intervals, Covered);
        else
            ValueTables.Write(terminal, Targets);
    }

    /// <summary>The figure that stands for all.</summary>
    public string Figure => result.Accuracy is { } accuracy
        ? string.Create(CultureInfo.InvariantCulture, $"accuracy {accuracy:P2}")
        : string.Create(CultureInfo.InvariantCulture, $"RMSE {result.Rmse:G5}");

    /// <summary>Adds the results to an object, each name after a prefix such as <c>test_</c>.</summary>
    public void AddTo(JsonObject json, string prefix)
    {
        json[$"{prefix}loss"] = result.Loss;
        if (result is not ValueEvaluation)
        {
            json[$"{prefix}accuracy"] = result.Accuracy;
            return;
        }
        json[$"{prefix}rmse"] = result.Rmse;
        if (_forecasts.Count == 0)
            json[$"{prefix}targets"] = new JsonArray([.. Targets.Select(target => new JsonObject
            {
                ["name"] = target.Name, ["rmse"] = target.Errors.Rmse, ["mae"] = target.Errors.Mae,
                ["r2"] = double.IsFinite(target.Errors.R2) ? target.Errors.R2 : null,
            })]);
        else
            json[$"{prefix}forecasts"] = new JsonArray([.. _forecasts.Select(Json)]);
        if (model.Intervals is { } intervals && Covered is { } covered)
            json[$"{prefix}interval"] = new JsonObject { ["stated"] = intervals.Coverage, ["covered"] = covered };
    }

    /// <summary>Each number that is answered, and its errors.</summary>
    public IReadOnlyList<(string Name, ValueErrors Errors)> Targets => result is not ValueEvaluation values ? []
        : [.. model.OutputNames.Select((name, k) => (name, values.Errors(k)))];

    private static JsonObject Json(ForecastErrors errors) => new()
    {
        ["series"] = errors.Series, ["network"] = Json(errors.Network),
        ["naive"] = new JsonArray([.. errors.Naive.Select(Json)]),
        ["loses_to"] = new JsonArray([.. errors.LosesTo.Select(naive => JsonValue.Create(naive.Method))]),
    };

    private static JsonObject Json(MethodErrors errors) => new()
    {
        ["method"] = errors.Method, ["rmse"] = errors.Whole.Rmse, ["mae"] = errors.Whole.Mae, ["mase"] = errors.Mase,
        ["steps"] = new JsonArray([.. errors.Steps.Select((step, h) => new JsonObject
        {
            ["step"] = h + 1, ["rmse"] = step.Rmse, ["mae"] = step.Mae, ["mase"] = errors.MaseAt(h),
        })]),
    };
}
