using GpuLstm.Runtime.Data;

namespace GpuLstm.Host;

/// <summary>A sample for the terminal, row by row.</summary>
public abstract class TerminalPicture
{
    /// <param name="features">Of sequences; null: the samples are images.</param>
    public static TerminalPicture Of(Samples samples, int sample, Features? features) => samples is ImageSamples images
        ? new HalfBlocks(images[sample].ToArray(), images.TimeSteps, images.InputSize)
        : new Sparklines(((SequenceSamples)samples)[sample].ToArray(), features!);

    /// <summary>Rows of characters.</summary>
    public abstract int Rows { get; }

    /// <summary>Writes a row of characters, blank below the last, and the text beside it.</summary>
    public abstract void WriteRow(Terminal terminal, int row, string beside);
}

/// <summary>A sequence as a line of blocks per feature, from three deviations below its mean to three above.</summary>
/// <param name="values">[T, I].</param>
public sealed class Sparklines(float[] values, Features features) : TerminalPicture
{
    private const int Width = 28, MostRows = 12;
    private const string Blocks = "▁▂▃▄▅▆▇█";

    private int Steps => values.Length / features.Means.Count;

    public override int Rows => Math.Min(features.Means.Count, MostRows);

    public override void WriteRow(Terminal terminal, int row, string beside) =>
        terminal.Line(((row < Rows ? Line(row) : "").PadRight(Math.Min(Width, Steps)) + beside).TrimEnd());

    private string Line(int feature)
    {
        int columns = Math.Min(Width, Steps);
        return string.Concat(Enumerable.Range(0, columns).Select(column =>
        {
            float value = values[column * Steps / columns * features.Means.Count + feature];
            double height = features.Normalised(value, feature) / 6 + 0.5;
            return double.IsFinite(height)
                ? Blocks[(int)Math.Clamp(height * Blocks.Length, 0, Blocks.Length - 1)] : ' ';
        }));
    }
}
