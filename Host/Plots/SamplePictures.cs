using GpuLstm.Host.Plots.Charts;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Host.Plots;

/// <summary>The samples that predictions were made for, as pictures.</summary>
/// <param name="Features">Of sequences; null: the samples are images.</param>
public sealed record SamplePictures(Samples Samples, Features? Features = null)
{
    /// <summary>What people must know to read them, after a sentence.</summary>
    public string Legend => Samples is ImageSamples ? ""
        : $" Each line is a feature, within {LinePicture.Reach} deviations of its mean.";

    public SamplePicture Picture(int sample) => Samples is ImageSamples images
        ? new PixelPicture(Bitmap.Ink(images[sample], images.InputSize, images.TimeSteps))
        : Samples is WindowSamples windows ? Lines(windows, sample) : Lines((SequenceSamples)Samples, sample);

    private LinePicture Lines(WindowSamples windows, int sample)
    {
        float[] values = new float[windows.Window * windows.InputSize];
        windows.Normalise(Features!, windows.Starts[sample], values);
        return new(values, windows.InputSize);
    }

    private LinePicture Lines(SequenceSamples sequences, int sample)
    {
        float[] values = sequences[sample].ToArray();
        for (int at = 0; at < values.Length; at++)
            values[at] = Features!.Normalised(values[at], at % sequences.InputSize);
        return new(values, sequences.InputSize);
    }
}
