namespace GpuLstm.Host.Plots.Drawing;

/// <summary>A small picture: <paramref name="Rgba"/> is [Height, Width, 4], not premultiplied.
/// <paramref name="IsInk"/>: black ink on a transparent ground, which a dark page shows as light ink.</summary>
public sealed record Bitmap(int Width, int Height, byte[] Rgba, bool IsInk)
{
    // Strong enough on a white and on a black page: opacity carries the magnitude.
    private static readonly (byte R, byte G, byte B) Positive = (0x1f, 0x7f, 0xcf);
    private static readonly (byte R, byte G, byte B) Negative = (0xe0, 0x6c, 0x1c);

    /// <summary>An image as ink: <paramref name="pixels"/> [height, width], 0 is paper, 255 is full ink.</summary>
    public static Bitmap Ink(ReadOnlySpan<byte> pixels, int width, int height)
    {
        RequireLength(pixels.Length, width, height);
        byte[] rgba = new byte[pixels.Length * 4];
        for (int i = 0; i < pixels.Length; i++)
            rgba[4 * i + 3] = pixels[i];
        return new Bitmap(width, height, rgba, IsInk: true);
    }

    /// <summary>Values [height, width] as colour: blue above zero, orange below, opacity |value| / <paramref
    /// name="limit"/>. Values that are not finite are left empty.</summary>
    public static Bitmap Signed(ReadOnlySpan<float> values, int width, int height, double limit)
    {
        RequireLength(values.Length, width, height);
        byte[] rgba = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                continue;
            (rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]) = values[i] < 0 ? Negative : Positive;
            rgba[4 * i + 3] = (byte)Math.Round(255 * Math.Min(1, Math.Abs(values[i]) / limit));
        }
        return new Bitmap(width, height, rgba, IsInk: false);
    }

    private static void RequireLength(int length, int width, int height)
    {
        if (length != width * height)
            throw new ArgumentException($"{length} values do not fill a picture of {width} x {height}.");
    }
}
