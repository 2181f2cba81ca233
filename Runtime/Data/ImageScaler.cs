using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Data;

/// <summary>Scales images: each new pixel is the mean of the old image over its window. The window is the area that the
/// pixel covers where the image shrinks, and one old pixel wide where it grows, which is bilinear
/// interpolation.</summary>
public static class ImageScaler
{
    /// <summary>The image in another size, its proportions not kept; the image itself when it has that size
    /// already.</summary>
    public static GreyImage To(this GreyImage image, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if ((image.Width, image.Height) == (width, height))
            return image;
        byte[] pixels = new byte[checked(width * height)];
        Window[] columns = [.. Enumerable.Range(0, width).Select(x => Window.Of(x, image.Width, width))];
        double[] sums = new double[width];
        for (int y = 0; y < height; y++)
        {
            // Old rows are narrowed one by one, so that no second image is needed, however tall the first.
            Window rows = Window.Of(y, image.Height, height);
            Array.Clear(sums);
            for (int i = rows.First; i <= rows.Last; i++)
                AddRow(image.Pixels.AsSpan(i * image.Width, image.Width), columns, rows.Weight(i), sums);
            for (int x = 0; x < width; x++)
                pixels[y * width + x] = (byte)(sums[x] + 0.5);
        }
        return new GreyImage(width, height, pixels);
    }

    private static void AddRow(ReadOnlySpan<byte> row, Window[] columns, double weight, double[] sums)
    {
        for (int x = 0; x < columns.Length; x++)
        {
            Window window = columns[x];
            double sum = 0;
            for (int i = window.First; i <= window.Last; i++)
                sum += window.Weight(i) * row[i];
            sums[x] += weight * sum;
        }
    }

    /// <summary>The old pixels that one new pixel sees along an axis, in old pixels from the edge.</summary>
    private readonly record struct Window(double Low, double High, int First, int Last)
    {
        public static Window Of(int position, int oldSize, int newSize)
        {
            double step = oldSize / (double)newSize;
            double middle = (position + 0.5) * step, half = Math.Max(step, 1) / 2;
            double low = Math.Max(middle - half, 0), high = Math.Min(middle + half, oldSize);
            return new Window(low, high, (int)low, Math.Min((int)Math.Ceiling(high), oldSize) - 1);
        }

        /// <summary>The part of the window that lies in old pixel i.</summary>
        public double Weight(int i) => Math.Max(Math.Min(i + 1, High) - Math.Max(i, Low), 0) / (High - Low);
    }
}
