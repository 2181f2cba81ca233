using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Host.Plots;

/// <summary>A picture and what a network took it for.</summary>
/// <param name="Name">What it is, for people who do not see it.</param>
/// <param name="Truth">The true class, null where nobody knows it.</param>
/// <param name="Probabilities">Of the classes, by name.</param>
public sealed record PredictedPicture(string Name, SamplePicture Picture, string Predicted, float Confidence,
    string? Truth, IReadOnlyList<(string Class, float Probability)> Probabilities);

/// <summary>Grids of samples with what the network took them for: the first ones, or the most confident
/// mistakes.</summary>
public static class PredictionsPlot
{
    private const int Columns = 8;
    private const int FewColumns = 5;
    private const int MostTiles = 40;
    private const double NarrowestPage = 320;

    /// <summary>The first samples in their order: a fair look, not a choice.</summary>
    public static Figure Draw(Predictions predictions, SamplePictures pictures, IReadOnlyList<string> classNames)
    {
        int[] samples = [.. Enumerable.Range(0, Math.Min(MostTiles, predictions.Count))];
        int right = samples.Count(predictions.IsCorrect);
        string summary = $"The first {samples.Length} test samples, each with the predicted class and its probability; "
            + $"{right} are right.";
        return Draw("Predictions", summary + pictures.Legend, samples, predictions, pictures, classNames);
    }

    /// <summary>The mistakes that the network was surest of.</summary>
    public static Figure DrawMistakes(
        Predictions predictions, SamplePictures pictures, IReadOnlyList<string> classNames)
    {
        int[] mistakes = predictions.Mistakes();
        int[] samples = [.. mistakes.Take(MostTiles)];
        string summary = mistakes.Length == 0
            ? $"None in {Ticks.Label(predictions.Count)} test samples."
            : $"{Ticks.Label(mistakes.Length)} of {Ticks.Label(predictions.Count)} test samples are wrong; of these "
                + $"{samples.Length} the network was surest, each with the predicted class and its probability.";
        return Draw("Most confident mistakes", summary + pictures.Legend, samples, predictions, pictures, classNames);
    }

    /// <summary>Pictures of the user's own choice, in a page as wide as they need.</summary>
    /// <param name="pictures">At least one.</param>
    public static Figure DrawPictures(IReadOnlyList<PredictedPicture> pictures)
    {
        int columns = pictures.Count <= 2 * FewColumns ? Math.Min(pictures.Count, FewColumns) : Columns;
        double fraction = Math.Min(1, (double)columns / FewColumns);
        double width = Math.Max(NarrowestPage, Figure.StandardWidth * fraction);
        int known = pictures.Count(picture => picture.Truth is not null);
        int right = pictures.Count(picture => picture.Truth == picture.Predicted);
        string summary = "Each with the predicted class and its probability, and those of the classes as bars"
            + (known <= 1 ? "." : $"; {right} of {known} are right.");
        var grid = new ImageGrid([.. pictures.Select(Tile)], columns);
        return new Figure("Predictions", summary, grid.Height(width - 2 * Figure.Margin), grid.Draw, width);
    }

    private static Figure Draw(string title, string summary, int[] samples,
        Predictions predictions, SamplePictures pictures, IReadOnlyList<string> names)
    {
        var grid = new ImageGrid([.. samples.Select(sample => Tile(sample, predictions, pictures, names))], Columns);
        return new Figure(title, summary, grid.Height(Figure.ContentWidth), grid.Draw);
    }

    private static ImageTile Tile(
        int sample, Predictions predictions, SamplePictures pictures, IReadOnlyList<string> names)
    {
        string predicted = names[predictions.Predicted(sample)];
        string truth = names[predictions.Labels[sample]];
        return Tile(new PredictedPicture(
            $"Test sample {sample}", pictures.Picture(sample), predicted, predictions.Confidence(sample), truth, []));
    }

    private static ImageTile Tile(PredictedPicture picture)
    {
        string percent = Ticks.Percent(picture.Confidence, 0.001);
        bool isWrong = picture.Truth is not null && picture.Truth != picture.Predicted;
        string title = isWrong ? $"{picture.Predicted}, not {picture.Truth}" : picture.Predicted;
        string truth = picture.Truth is null ? "" : $", true {picture.Truth}";
        return new ImageTile(picture.Picture, title, percent, isWrong ? Ink.Vermilion : Ink.Text,
            $"{picture.Name}: predicted {picture.Predicted} with {percent}{truth}", picture.Probabilities);
    }
}
