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

    /// <summary>The same picture with each pixel repeated, at least <paramref name="width"/> by <paramref
    /// name="height"/>.</summary>
    public Bitmap Enlarged(int width, int height)
    {
        int across = Math.Max(1, (width + Width - 1) / Width);
        int down = Math.Max(1, (height + Height - 1) / Height);
        byte[] rgba = new byte[Rgba.Length * across * down];
        int stride = 4 * Width * across;
        for (int y = 0; y < Height * down; y++)
            for (int x = 0; x < Width * across; x++)
                Rgba.AsSpan(4 * (y / down * Width + x / across), 4).CopyTo(rgba.AsSpan(y * stride + 4 * x));
        return new Bitmap(Width * across, Height * down, rgba, IsInk);
    }

    private static void RequireLength(int length, int width, int height)
    {
        if (length != width * height)
            throw new ArgumentException($"{length} values do not fill a picture of {width} x {height}.");
    }
}
