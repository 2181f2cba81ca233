using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Comparison;
using GpuLstm.Runtime.Training.Forecasts;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Tests.Plots;

/// <summary>Made-up but plausible data for every plot, from closed formulas.</summary>
internal static class Samples
{
    public static readonly string[] Digits = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

    public static TrainingHistory History(int epochs = 3, int stepsPerEpoch = 100)
    {
        IEnumerable<HistoryPoint> steps = Enumerable.Range(1, epochs * stepsPerEpoch)
            .Select(step => At(step, 0.3 * Math.Sin(step)));
        IEnumerable<HistoryPoint> tests = Enumerable.Range(1, epochs).Select(epoch => At(epoch * stepsPerEpoch, 0));
        return new TrainingHistory(stepsPerEpoch, [.. steps], [.. tests]);
    }

    private static HistoryPoint At(int step, double noise)
    {
        double loss = 2.3 * Math.Exp(-step / 60.0) + 0.05;
        return new HistoryPoint(step, loss * (1 + noise), 1 - 0.39 * loss * (1 + noise), 2 * loss * (1 + 2 * noise),
            0.001 * (0.5 + 0.5 * Math.Cos(Math.PI * step / 300)));
    }

    /// <summary>Mostly right; every seventh sample is taken for the next class.</summary>
    public static Predictions Predictions(int count = 200, int classes = 10, int presentClasses = 10)
    {
        byte[] labels = new byte[count];
        float[] probabilities = new float[count * classes];
        for (int sample = 0; sample < count; sample++)
        {
            labels[sample] = (byte)(sample * 3 % presentClasses);
            int favourite = sample % 7 == 3 ? (labels[sample] + 1) % classes : labels[sample];
            float confidence = classes == 1 ? 1 : 0.4f + sample * 37 % 60 / 100f;
            for (int c = 0; c < classes; c++)
                probabilities[sample * classes + c] = c == favourite ? confidence : (1 - confidence) / (classes - 1);
        }
        return new Predictions(labels, probabilities, classes);
    }

    public static SamplePictures Pictures(int count = 200) =>
        new(new ImageSamples([.. Enumerable.Range(0, count * 28 * 28).Select(i => (byte)(i % 251))], new byte[count],
            28, 28));

    /// <summary>Waves of up to 20 steps, with a gap in some.</summary>
    public static SamplePictures Sequences(int features, int count = 200)
    {
        int[] lengths = [.. Enumerable.Range(0, count).Select(i => i % 3 == 1 ? 20 : 1 + i % 20)];
        float[] values = [.. lengths.SelectMany((length, i) => Enumerable.Range(0, length * features).Select(at =>
            i % 4 == 1 && at / features is 8 or 9 ? float.NaN
            : (float)(10 * Math.Sin((at / features + i) * 0.4 * (1 + at % features)) + at % features)))];
        return new(new SequenceSamples(values, lengths, new byte[count], features),
            new([.. Enumerable.Range(0, features).Select(i => $"f{i}")],
                [.. Enumerable.Range(0, features).Select(i => (float)i)],
                [.. Enumerable.Range(0, features).Select(_ => 6f)]));
    }

    /// <summary>Every third without a known truth, every fourth wrong.</summary>
    public static PredictedPicture[] Chosen(int count) => [.. Enumerable.Range(0, count).Select(i =>
        new PredictedPicture($"file {i}.png", Pictures().Picture(i), $"{i % 4}", 0.5f,
            i % 3 == 0 ? null : $"{i % 4 % 3}",
            [.. Digits.Select((name, c) => (name, c == i % 4 ? 0.5f : 0.5f / 9))]))];

    public static GateTrace Trace(int timeSteps = 28, int hidden = 16)
    {
        float[] probabilities = new float[timeSteps * 10];
        for (int t = 0; t < timeSteps; t++)
            for (int c = 0; c < 10; c++)
                probabilities[t * 10 + c] = c == (t < timeSteps / 2 ? 7 : 4) ? 0.91f : 0.01f;
        byte[] image = [.. Enumerable.Range(0, timeSteps * 28).Select(i => (byte)i)];
        return new GateTrace(
            timeSteps, hidden, Digits, new PixelPicture(Bitmap.Ink(image, 28, timeSteps)), probabilities,
            Wave(0, 1), Wave(0, 1), Wave(-1, 1), Wave(0, 1), Wave(-3, 3), Wave(-1, 1));

        float[] Wave(double low, double high) => [.. Enumerable.Range(0, timeSteps * hidden)
            .Select(i => (float)(low + (high - low) * (0.5 + 0.5 * Math.Sin(i * 0.7))))];
    }

    public static readonly LayerSummary[] Layers =
    [
        new("input", "28 rows of 28 pixels", "(B, 28, 28)", 0),
        new("lstm", "LSTM, 64 units", "(B, 64)", 24064),
        new("output", "linear", "(B, 10)", 650),
    ];

    public static readonly AcceleratorMeasurement[] Compared =
    [
        Measured("cuda:0", "a GPU with a rather long name of its own", 1_243_000, 1, AcceleratorDifference.None),
        Measured("opencl:0",
            "a processor behind OpenCL, whose name is longer than there is any room for in the picture",
            1_243, 900, new(3e-6, 2e-7, 1.3e-5, "fc.bias")),
        Measured("cpu", "2 threads", 61_234, 30, new(0, 0, 0, null)),
    ];

    private static AcceleratorMeasurement Measured(
        string id, string name, double rate, double slowness, AcceleratorDifference difference) => new(id, name, rate,
        new(2e-6 * slowness, 4e-5 * slowness, 1e-6 * slowness, 7e-5 * slowness, 1e-5), 123_456_789, [2.3f, 2.2f],
        difference);

    /// <summary>Ten years of months; forecasts of the last third that err a little.</summary>
    private static ValueEvaluation Forecasts()
    {
        float[] values = [.. Enumerable.Range(0, 96).Select(i => (float)(100 + i + 20 * Math.Sin(i * Math.PI / 6)))];
        SeriesData data = new(["a series with a name"], 1, [false], values,
            [new("", 0, 96, 0, new(new DateTime(2010, 1, 1).Ticks, true))], new(true, 1, 0));
        WindowSamples windows = SeriesParts.Of(null, null).Divide(
            data, new() { Columns = data.Names, Window = 12, Horizon = 3 }, new()).Test;
        return new(0.1, [.. Enumerable.Range(0, windows.Count).SelectMany(i => Enumerable.Range(0, 3)
            .Select(h => windows.Truth(i, h) + (h + 1) * 4 * MathF.Sin(7 * i + h)))], windows);
    }

    private static ValueEvaluation Numbers()
    {
        float[] targets = [.. Enumerable.Range(0, 120).Select(i => 10 * MathF.Sin(i))];
        SequenceSamples samples = new(new float[60], [.. Enumerable.Repeat(1, 60)], new byte[60],
            1) { Targets = targets };
        return new(0.1, [.. targets.Select((value, i) => value + MathF.Cos(3 * i))], samples);
    }

    /// <summary>Every plot by its file's name.</summary>
    public static IEnumerable<(string Name, Figure Figure)> AllPlots()
    {
        Predictions predictions = Predictions();
        yield return ("loss", LossPlot.Draw(History()));
        yield return ("accuracy", AccuracyPlot.Draw(History()));
        yield return ("gradient", StepPlots.GradientNorm(History())!);
        yield return ("rate", StepPlots.LearningRate(History())!);
        yield return ("confusion-47", ConfusionPlot.Draw(Predictions(900, 47, 47).Confusion(),
            [.. Enumerable.Range(0, 47).Select(c => $"letter {(char)('A' + c)}")]));
        yield return ("confusion-names", ConfusionPlot.Draw(Predictions(200, 4, 4).Confusion(),
            ["short", "rather a long name for a class", "x", "another name, longer than any column is wide"]));
        yield return ("test-loss", HistoryComparisonPlot.DrawLoss(
            [new("first", History(2)), new("second", History(3)) ]));
        yield return ("confusion", ConfusionPlot.Draw(predictions.Confusion(), Digits));
        yield return ("roc", RocPlot.Draw(OneVersusRest.Roc(predictions), Digits));
        yield return ("pr", PrecisionRecallPlot.Draw(OneVersusRest.PrecisionRecall(predictions), Digits));
        yield return ("calibration", CalibrationPlot.Draw(Calibration.Of(predictions)));
        yield return ("predictions", PredictionsPlot.Draw(predictions, Pictures(), Digits));
        yield return ("mistakes", PredictionsPlot.DrawMistakes(predictions, Pictures(), Digits));
        yield return ("one-picture", PredictionsPlot.DrawPictures(Chosen(1)));
        yield return ("ten-pictures", PredictionsPlot.DrawPictures(Chosen(10)));
        yield return ("network", NetworkPlot.Draw(Layers));
        yield return ("gates", GatesPlot.Draw(Trace()));
        yield return ("sequence-predictions", PredictionsPlot.Draw(predictions, Sequences(3), Digits));
        yield return ("sequence-mistakes", PredictionsPlot.DrawMistakes(predictions, Sequences(1), Digits));
        yield return ("sequence-pictures", PredictionsPlot.DrawPictures([.. Enumerable.Range(0, 3).Select(i =>
            new PredictedPicture($"file {i}", Sequences(14).Picture(i), "1", 0.5f, "2",
                [.. Digits.Select((name, c) => (name, 0.1f))]))]));
        yield return ("sequence-gates", GatesPlot.Draw(Trace(20) with { Input = Sequences(4).Picture(1) }));
        ValueEvaluation forecast = Forecasts();
        var windows = (WindowSamples)forecast.Samples;
        yield return ("forecast", ForecastPlots.Tested(windows, forecast, new(0.9, [8, 12, 16])));
        yield return ("horizon", ForecastPlots.Horizon(
            ForecastErrors.Of(windows, forecast, SeriesParts.Of(null, null), season: 12))!);
        yield return ("forecast-coming", ForecastPlots.Coming(windows.Data, windows.Data.Groups[0], new("", ["2018-01",
            "2018-02", "2018-03", "2018-04"], [200, 210, 220, 230], [190, 195, 200, 205], [210, 225, 240, 255]),
            new() { Columns = ["a series with a name"], Window = 12, Horizon = 3 }, new(0.9, [8, 12, 16])));
        yield return ("residuals", ValuePlots.Residuals(ForecastPlots.Errors(windows, forecast)));
        yield return ("fit", ValuePlots.Fit(Numbers(), ["weight", "a second number"]));
        yield return ("steps", StepClassesPlot.Draw([.. Enumerable.Range(0, 5).Select(i => new ClassifiedSteps(
            $"test sequence {i}", [.. Enumerable.Range(0, 30 + 5 * i).Select(t => t / 6 % 7)],
            [.. Enumerable.Range(0, 30 + 5 * i).Select(t => t == 9 ? -1 : (t + i) / 6 % 7)]))],
            [.. Enumerable.Range(0, 7).Select(c => $"activity number {c}")]));
        yield return ("forecast-gates", GatesPlot.Draw(Trace(20) with { Input = Sequences(2).Picture(1),
            AreValues = true }));
        yield return ("compare", ComparePlot.Draw("lstm128 on three", "One epoch each.", Compared));
        yield return ("compare-one", ComparePlot.Draw("lstm128 on cuda:0", "One epoch.", Compared[..1]));
    }
}
