using System.Globalization;
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
public sealed record TransformChoice(IReadOnlyList<TransformTrial> Trials, ForecastIntervals Intervals)
{
    private const int MostSteps = 1500; // of a trial: long series tell enough by then
    private const int Repeats = 3; // a short series' trials differ by chance
    private const int Folds = 3, EnoughHorizons = 30; // fewer than so many in the validation rows tell too little
    private const int FewestWindows = 8; // to learn anything from

    public SeriesTransform Chosen => Trials[0].Transform;

    /// <summary>Trains on the first of the training rows with each transformation, and tests on the last of them: as
    /// large a part of them as the test rows are of all, so that it looks as far ahead, where nothing is said. Of short
    /// series also on the rows before those, and so on (rolling origins, Tashman 2000). The test rows have no part in
    /// it. The same for every seed of a run.</summary>
    /// <param name="data">Of windows.</param>
    /// <param name="options">Of the windows; one that names a transformation leaves no choice, only intervals.</param>
    /// <exception cref="GpuLstmException">The series is too short, or every trial diverged.</exception>
    public static TransformChoice Make(Engine engine, Recipe recipe, Dataset data, SeriesOptions options,
        SeriesParts parts, Action<string> progress, CancellationToken cancel)
    {
        SeriesData series = ((WindowSamples)data.Train).Data;
        parts = parts with { Validation = parts.Validation ?? new(parts.Ratio.TestShare, 0) };
        int season = options.Season ?? series.Axis.Season;
        IReadOnlyList<SeriesTransform> candidates = options.Transform is { } given ? [given]
            : SeriesTransform.Candidates(series.IsPositive, season);
        (SeriesTransform Transform, List<(WindowSamples Train, WindowSamples Validation)> Folds)[] possible =
            [.. candidates.Select(transform => (transform, Divide(series, options, parts, transform)))];
        int folds = possible.Where(one => one.Item2.Count > 0).Select(one => one.Item2.Count).DefaultIfEmpty(0).Min();
        if (folds == 0)
            parts.Divide(series, options, candidates[0]); // says what is too short
        List<(TransformTrial Trial, List<FoldResult> Results)> tried = [];
        foreach ((SeriesTransform transform, var all) in possible.Where(one => one.Folds.Count > 0))
        {
            List<FoldResult> results = [];
            foreach ((WindowSamples train, WindowSamples validation) in all.Take(folds)) // the same rows for each
                results.AddRange(Train(engine, recipe, train, validation, cancel));
            if (results.Count == 0)
                continue;
            double rmse = results.Average(result => result.Evaluation.Rmse!.Value);
            progress(string.Create(CultureInfo.InvariantCulture, $"{transform}: validation RMSE {rmse:G4}"));
            tried.Add((new(transform, rmse), results));
        }
        if (tried.Count == 0)
            throw new GpuLstmException("No transformation of the series could be learned: every trial diverged.");
        return new([.. tried.Select(one => one.Trial).OrderBy(trial => trial.Rmse)],
            ForecastIntervals.Of(tried.MinBy(one => one.Trial.Rmse).Results));
    }

    /// <summary>Windows to train on and to validate, fold by fold; none where even the first leaves too few.</summary>
    private static List<(WindowSamples Train, WindowSamples Validation)> Divide(
        SeriesData series, SeriesOptions options, SeriesParts parts, SeriesTransform transform)
    {
        List<(WindowSamples, WindowSamples)> folds = [];
        for (int fold = 0; fold < Folds; fold++)
            try
            {
                var (train, validation, _) = (parts with { Fold = fold }).Divide(series, options, transform);
                if (fold > 0 && train.Count < FewestWindows)
                    break;
                folds.Add((train, validation));
                if (validation.Count >= EnoughHorizons * options.Horizon)
                    break;
            }
            catch (GpuLstmException)
            {
                break; // differences over a long season, or an early fold, may leave nothing
            }
        return folds;
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

    private static IEnumerable<FoldResult> Train(Engine engine, Recipe recipe, WindowSamples train,
        WindowSamples validation, CancellationToken cancel)
    {
        (train, validation) = (Thinned(train, recipe), Thinned(validation, recipe));
        InputScale scale = recipe.Scale(train.ToFeatures());
        int perEpoch = recipe.StepsPerEpoch(train.Count, train.TimeSteps, train.Head);
        int epochs = Math.Clamp(MostSteps / perEpoch, 1, recipe.Epochs);
        int repeats = epochs < recipe.Epochs ? 1 : Repeats;
        for (ulong seed = 1; seed <= (ulong)repeats; seed++)
        {
            using var step = new TrainingStep(engine, recipe with { Epochs = epochs }, train, 0, seed, scale: scale);
            for (int epoch = 1; epoch <= epochs; epoch++)
            {
                cancel.ThrowIfCancellationRequested();
                step.BeginEpoch(epoch, 0);
                for (int position = 0; position < train.Count;)
                    position += step.Run(Math.Min(step.Batch, train.Count - position));
            }
            using var evaluator = new Evaluator(engine, step.Spec, step.Parameters, validation, scale, recipe: recipe);
            if (evaluator.Evaluate(validation.Count) is ValueEvaluation { IsFinite: true } result)
                yield return new(validation, result);
        }
    }
}
