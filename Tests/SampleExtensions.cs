using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests;

/// <summary>Samples of which a test knows that they are images.</summary>
internal static class SampleExtensions
{
    public static byte[] Items(this Samples samples) => ((ImageSamples)samples).Items;

    public static ReadOnlySpan<byte> Image(this Samples samples, int index) => ((ImageSamples)samples)[index];
}
