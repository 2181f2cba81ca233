using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>The samples that predictions were made for, as pictures.</summary>
/// <param name="Pixels">[N, Height, Width] bytes, 0 is paper, 255 is ink. Height is T and Width is I where rows are
/// time steps.</param>
public sealed record SamplePictures(byte[] Pixels, int Height, int Width)
{
    public Bitmap Picture(int sample) =>
        Bitmap.Ink(Pixels.AsSpan(sample * Height * Width, Height * Width), Width, Height);
}

/// <summary>Grids of samples with what the network took them for: the first ones, or the most confident
/// mistakes.</summary>
public static class PredictionsPlot
{
    private const int Columns = 8;
    private const int MostTiles = 40;

    /// <summary>The first samples in their order: a fair look, not a choice.</summary>
    public static string Draw(Predictions predictions, SamplePictures pictures, IReadOnlyList<string> classNames)
    {
        int[] samples = [.. Enumerable.Range(0, Math.Min(MostTiles, predictions.Count))];
        int right = samples.Count(predictions.IsCorrect);
        string summary = $"The first {samples.Length} test samples, each with the predicted class and its probability; "
            + $"{right} are right.";
        return Draw("Predictions", summary, samples, predictions, pictures, classNames);
    }

    /// <summary>The mistakes that the network was surest of.</summary>
    public static string DrawMistakes(
        Predictions predictions, SamplePictures pictures, IReadOnlyList<string> classNames)
    {
        int[] mistakes = predictions.Mistakes();
        int[] samples = [.. mistakes.Take(MostTiles)];
        string summary = mistakes.Length == 0
            ? $"None in {predictions.Count} test samples."
            : $"{mistakes.Length} of {predictions.Count} test samples are wrong; of these {samples.Length} the "
                + "network was surest, each with the predicted class and its probability.";
        return Draw("Most confident mistakes", summary, samples, predictions, pictures, classNames);
    }

    private static string Draw(string title, string summary, int[] samples,
        Predictions predictions, SamplePictures pictures, IReadOnlyList<string> names)
    {
        var grid = new ImageGrid([.. samples.Select(sample => Tile(sample, predictions, pictures, names))], Columns);
        var figure = new Figure(title, summary, grid.Height(Figure.ContentWidth));
        grid.Draw(figure.Canvas, figure.Content);
        return figure.Canvas.ToSvg();
    }

    private static ImageTile Tile(
        int sample, Predictions predictions, SamplePictures pictures, IReadOnlyList<string> names)
    {
        string predicted = names[predictions.Predicted(sample)];
        string truth = names[predictions.Labels[sample]];
        string percent = Ticks.Percent(predictions.Confidence(sample), 0.001);
        bool isRight = predictions.IsCorrect(sample);
        string title = isRight ? predicted : $"{predicted}, not {truth}";
        return new ImageTile(pictures.Picture(sample), title, percent, isRight ? Ink.Text : Ink.Vermilion,
            $"Test sample {sample}: predicted {predicted} with {percent}, true {truth}");
    }
}
