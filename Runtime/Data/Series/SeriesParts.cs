namespace GpuLstm.Runtime.Data.Series;

/// <summary>Which rows of each series are for training, validation and testing: in the order of time, so that nothing
/// is learned from what comes after what is tested.</summary>
/// <param name="Ratio">Training, validation included, to test.</param>
/// <param name="Validation">The last part of the training rows; null: none.</param>
public sealed record SeriesParts(SplitRatio Ratio, ValidationShare? Validation)
{
    /// <summary>The first two thirds train.</summary>
    public const string Default = "2:1";

    /// <summary>As options have them.</summary>
    /// <exception cref="UsageException">One has none of its forms.</exception>
    public static SeriesParts Of(string? split, string? validation) => new(
        SplitRatio.Parse(split ?? Default), validation is null ? null : ValidationShare.Parse(validation));

    /// <summary>The data with the windows of a transformation, and as few of them to train on as before.</summary>
    /// <inheritdoc cref="Divide"/>
    public Dataset Apply(Dataset data, SeriesOptions options, int? limit)
    {
        (WindowSamples train, WindowSamples validation, WindowSamples test) = Divide(
            ((WindowSamples)data.Train).Data, options, options.Transform ?? new());
        train = limit is { } most ? (WindowSamples)train.Take(most) : train;
        return data with { Train = train, Validation = validation, Test = test, Features = train.ToFeatures() };
    }

    /// <summary>All windows, as test windows.</summary>
    /// <exception cref="GpuLstmException">There is none.</exception>
    public static WindowSamples All(SeriesData data, SeriesOptions options, SeriesTransform transform)
    {
        List<int> starts = [];
        foreach (SeriesGroup group in data.Groups)
            Add(starts, group, 0, group.Count, options, transform);
        return starts.Count > 0 ? new(data, [.. starts], options.Window, options.Horizon, transform)
            : throw new GpuLstmException($"The series is too short: {data.Groups.Max(group => group.Count)} rows hold "
            + $"no "
                + $"window of {options.Window} rows to read and {options.Horizon} to forecast.");
    }

    /// <summary>How many times the rows for validation lie earlier than right before the test rows: 0, 1, ...; what
    /// lies between is left out.</summary>
    public int Fold { get; init; }

    /// <summary>Rows of a series that come before its first validation row, up to its last, and before its first test
    /// row.</summary>
    public (int Train, int Validation, int Test) Borders(SeriesGroup group)
    {
        int test = Ratio.TrainCount(group.Count);
        int wanted = Validation is null ? 0
            : Validation.Count > 0 ? Validation.Count : (int)Math.Round(test * Validation.Fraction);
        int end = Math.Max(0, test - Fold * wanted);
        return (Math.Max(0, end - wanted), end, test);
    }

    /// <summary>The windows of each part. What a window forecasts lies within its part; what it reads of a test may
    /// come before, as the past is known when a forecast is made, and never after.</summary>
    /// <exception cref="GpuLstmException">A part has no window.</exception>
    public (WindowSamples Train, WindowSamples Validation, WindowSamples Test) Divide(
        SeriesData data, SeriesOptions options, SeriesTransform transform)
    {
        List<int> train = [], validation = [], test = [];
        foreach (SeriesGroup group in data.Groups)
        {
            (int trained, int validated, int tested) = Borders(group);
            Add(train, group, 0, trained, options, transform);
            Add(validation, group, trained, validated, options, transform);
            Add(test, group, tested, group.Count, options, transform);
        }
        foreach ((string part, List<int> starts) in new[] { ("training", train), ("test", test) })
            if (starts.Count == 0)
                throw new GpuLstmException($"The series is too short: {data.Groups.Max(group => group.Count)} rows, "
                    + $"split "
                    + $"{Ratio}{(Validation is null ? "" : ", a part set aside for validation")}, leave no {part} "
                    + $"window of {options.Window} rows to read and {options.Horizon} to "
                    + "forecast: take a smaller --window or --horizon.");
        if (Validation != null && validation.Count == 0)
            throw new GpuLstmException("The rows for validation hold no window: take more of them with --validation.");
        return (Windows(train), Windows(validation), Windows(test));

        WindowSamples Windows(List<int> starts) => new(data, [.. starts], options.Window, options.Horizon, transform);
    }

    /// <summary>Windows whose forecasts lie in the rows from..to of a group.</summary>
    private static void Add(List<int> starts, SeriesGroup group, int from, int to, SeriesOptions options,
        SeriesTransform transform)
    {
        int first = Math.Max(from, options.Window + transform.Difference);
        for (int row = first; row + options.Horizon <= to; row += options.Stride)
            starts.Add(group.First + row - options.Window);
    }
}
