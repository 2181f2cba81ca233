using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Runtime.Training.Forecasts;

/// <summary>What a transformation of a series led to on validation rows.</summary>
/// <param name="Rmse">Mean over the trials, in the series' units.</param>
public sealed record TransformTrial(SeriesTransform Transform, double Rmse);

/// <summary>Which transformation a series is learned by, and what that is based on.</summary>
/// <param name="Trials">All that were tried, the best first.</param>
/// <param name="Intervals">From the errors on the validation rows.</param>
/// <param name="Windows">To train on in a trial, and to validate.</param>
public sealed record TransformChoice(
    IReadOnlyList<TransformTrial> Trials, ForecastIntervals Intervals, (int Train, int Validation) Windows)
{
    /// <summary>The part of the training rows that is set aside where nothing is said.</summary>
    public const string Validation = "20%";

    private const int MostSteps = 1500; // of a trial: long series tell enough by then
    private const int Repeats = 3; // a short series' trials differ by chance

    public SeriesTransform Chosen => Trials[0].Transform;

    /// <summary>Trains on the first of the training rows with each transformation, and tests on the last of them. The
    /// test rows have no part in it. The same for every seed of a run.</summary>
    /// <param name="data">Of windows.</param>
    /// <param name="options">Of the windows; one that names a transformation leaves no choice, only intervals.</param>
    /// <exception cref="GpuLstmException">The series is too short, or every trial diverged.</exception>
    public static TransformChoice Make(Engine engine, Recipe recipe, Dataset data, SeriesOptions options,
        SeriesParts parts, Action<string> progress, CancellationToken cancel)
    {
        SeriesData series = ((WindowSamples)data.Train).Data;
        parts = parts with { Validation = parts.Validation ?? ValidationShare.Parse(Validation) };
        int season = options.Season ?? series.Axis.Season;
        List<(TransformTrial Trial, ValueEvaluation Evaluation, WindowSamples Windows)> tried = [];
        (int, int) windows = default;
        foreach (SeriesTransform transform in options.Transform is { } given ? [given]
            : SeriesTransform.Candidates(series.IsPositive, season))
        {
            if (Divide(transform) is not var (train, validation))
                continue; // differences over a long season may leave nothing
            windows = (train.Count, validation.Count);
            Dataset trial = data with
            {
                Train = train, Test = validation, Validation = validation.Select([]), Features = train.ToFeatures(),
            };
            List<ValueEvaluation> results = Train(engine, recipe, trial, options.Transform != null, cancel);
            if (results.Count == 0)
                continue;
            double rmse = results.Average(result => result.Rmse!.Value);
            progress($"{transform}: validation RMSE {rmse.ToString("G4", System.Globalization.CultureInfo.InvariantCulture)}");
            tried.Add((new(transform, rmse), results[0], validation));
        }
        if (tried.Count == 0)
            throw new GpuLstmException("No transformation of the series could be learned: every trial diverged.");
        var best = tried.MinBy(one => one.Trial.Rmse);
        return new([.. tried.Select(one => one.Trial).OrderBy(trial => trial.Rmse)],
            ForecastIntervals.Of(best.Windows, best.Evaluation), windows);

        (WindowSamples Train, WindowSamples Validation)? Divide(SeriesTransform transform)
        {
            try
            {
                var (train, validation, _) = parts.Divide(series, options, transform);
                return (Thinned(train, recipe), Thinned(validation, recipe));
            }
            catch (GpuLstmException) when (options.Transform is null && transform.Difference > 1)
            {
                return null;
            }
        }
    }

    /// <summary>As many windows, all over the series, as the steps of a trial can take.</summary>
    private static WindowSamples Thinned(WindowSamples windows, Recipe recipe)
    {
        int most = MostSteps * recipe.Batch;
        if (windows.Count <= most)
            return windows;
        int[] indices = new int[most];
        for (int i = 0; i < most; i++)
            indices[i] = (int)((long)i * windows.Count / most);
        return windows.Select(indices);
    }

    private static List<ValueEvaluation> Train(
        Engine engine, Recipe recipe, Dataset data, bool isOnly, CancellationToken cancel)
    {
        int perEpoch = recipe.StepsPerEpoch(data.Train.Count, data.Train.TimeSteps, data.Train.Head);
        int epochs = Math.Clamp(MostSteps / perEpoch, 1, recipe.Epochs);
        int repeats = isOnly || epochs < recipe.Epochs ? 1 : Repeats;
        List<ValueEvaluation> results = [];
        for (ulong seed = 1; seed <= (ulong)repeats; seed++)
        {
            using var step = new TrainingStep(engine, recipe with { Epochs = epochs }, data.Train, 0, seed,
                scale: recipe.Scale(data.Features));
            for (int epoch = 1; epoch <= epochs; epoch++)
            {
                cancel.ThrowIfCancellationRequested();
                step.BeginEpoch(epoch, 0);
                for (int position = 0; position < data.Train.Count;)
                    position += step.Run(Math.Min(step.Batch, data.Train.Count - position));
            }
            using var evaluator = new Evaluator(engine, step.Spec, step.Parameters, data.Test,
                recipe.Scale(data.Features), recipe: recipe);
            if (evaluator.Evaluate(data.Test.Count) is ValueEvaluation { IsFinite: true } result)
                results.Add(result);
        }
        return results;
    }
}
