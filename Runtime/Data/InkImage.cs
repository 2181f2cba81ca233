using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Data;

/// <summary>Prepares photographs and drawings as MNIST's images were: the ink alone, light on black, scaled into 20 x
/// 20, its centre of mass in the middle of 28 x 28 (LeCun et al. 1998, section III.A).</summary>
public static class InkImage
{
    private const int Size = 28, Box = 20;
    private const double Middle = (Size - 1) / 2.0;
    private const int Working = 256; // larger images are narrowed first: strokes of photographs are wide enough
    private const double LeastContrast = 24; // grey levels between ink and paper
    private const double LeastDeviations = 5; // of the paper's own noise
    private const double LeastExtent = 0.03; // of the image's longer side
    private const int LeastPixels = 12, LeastSide = 6;
    private const double Speck = 0.04; // components below this share of the largest are dirt
    private const double ThinnestStroke = 0.08; // of the box's longer side, as MNIST's thin pens

    /// <summary>The prepared image [28, 28], or null where there is no ink on it.</summary>
    public static GreyImage? Prepare(GreyImage image)
    {
        if (IsPrepared(image))
            return image;
        GreyImage small = Narrowed(image);
        (int width, int height) = (small.Width, small.Height);
        if (width < LeastSide || height < LeastSide)
            return null;
        Paper paper = Paper.Under(small);
        float[] ink = paper.Ink(small);
        float[] sorted = [.. ink];
        Array.Sort(sorted);
        float high = sorted[(int)(0.999 * (sorted.Length - 1))], peak = high > 0 ? Math.Max(high, sorted[^1] / 2) : 0;
        if (peak < LeastContrast || peak < LeastDeviations * paper.Noise)
            return null;
        float threshold = Math.Max((float)Otsu(ink, peak), (float)(2.5 * paper.Noise));
        bool[] mask = Components.Keep(
            [.. ink.Select(value => value > threshold)], width, height, Speck, out int largest);
        int left = width, right = -1, top = height, bottom = -1, area = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                if (mask[y * width + x])
                {
                    (left, right, top, bottom) =
                        (Math.Min(left, x), Math.Max(right, x), Math.Min(top, y), Math.Max(bottom, y));
                    area++;
                }
        int extent = Math.Max(right - left, bottom - top) + 1;
        bool isDirt = area < LeastPixels || extent < Math.Max(LeastSide, LeastExtent * Math.Max(width, height))
            || largest < 0.2 * area; // noise: many, none of them large
        return isDirt ? null : Centred(Cut(ink, mask, width, left, top, right, bottom, threshold));
    }

    /// <summary>Whether an image is strokes of ink on an even ground, and not a picture of things.</summary>
    public static bool IsOnEvenGround(GreyImage image)
    {
        const double LeastGround = 0.6, MostNoise = 12, WidestStroke = 0.35 * Box;
        if (IsPrepared(image))
            return true;
        if (Prepare(image) is not { } ink || StrokeWidth(ink) > WidestStroke)
            return false;
        GreyImage small = Narrowed(image);
        Paper paper = Paper.Under(small);
        return paper.Noise <= MostNoise && paper.Share(small) >= LeastGround;
    }

    /// <summary>Whether an image is one of MNIST's kind already: light ink on black, in a box of at most 20 x 20, its
    /// centre of mass in the middle. Such an image stays as it is.</summary>
    public static bool IsPrepared(GreyImage image)
    {
        if ((image.Width, image.Height) != (Size, Size))
            return false;
        int left = Size, right = -1, top = Size, bottom = -1;
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            if (image.Pixels[i] == 0)
                continue;
            (int column, int row) = (i % Size, i / Size);
            (left, right) = (Math.Min(left, column), Math.Max(right, column));
            (top, bottom) = (Math.Min(top, row), Math.Max(bottom, row));
        }
        if (right < 0 || right - left >= Box || bottom - top >= Box)
            return false;
        (double x, double y) = CentreOfMass(image);
        return Math.Abs(x - Middle) < 1.2 && Math.Abs(y - Middle) < 1.2;
    }

    /// <summary>In pixels from the first; the image has some that are not black.</summary>
    private static (double X, double Y) CentreOfMass(GreyImage image)
    {
        double mass = 0, x = 0, y = 0;
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            byte value = image.Pixels[i];
            (mass, x, y) = (mass + value, x + value * (i % image.Width), y + value * (i / image.Width));
        }
        return (x / mass, y / mass);
    }

    private static GreyImage Narrowed(GreyImage image)
    {
        int longer = Math.Max(image.Width, image.Height);
        return longer <= Working ? image
            : image.To(Math.Max(1, image.Width * Working / longer), Math.Max(1, image.Height * Working / longer));
    }

    /// <summary>The threshold that parts values best (Otsu 1979), of those up to <paramref name="peak"/>.</summary>
    private static double Otsu(float[] values, float peak)
    {
        const int Bins = 256;
        int[] counts = new int[Bins];
        foreach (float value in values)
            counts[(int)Math.Clamp(value / peak * (Bins - 1), 0, Bins - 1)]++;
        double total = values.Length, sum = counts.Select((count, bin) => (double)count * bin).Sum();
        double below = 0, sumBelow = 0, best = -1;
        int threshold = 0;
        for (int bin = 0; bin < Bins - 1; bin++)
        {
            below += counts[bin];
            sumBelow += (double)counts[bin] * bin;
            if (below == 0 || below == total)
                continue;
            double difference = sumBelow / below - (sum - sumBelow) / (total - below);
            double between = below * (total - below) * difference * difference;
            if (between > best)
                (best, threshold) = (between, bin);
        }
        return (threshold + 1) * peak / Bins;
    }

    /// <summary>The ink's box, 255 where it is as dark as most of it, strokes no thinner than a pen's.</summary>
    private static GreyImage Cut(
        float[] ink, bool[] mask, int stride, int left, int top, int right, int bottom, float threshold)
    {
        (int width, int height) = (right - left + 1, bottom - top + 1);
        float[] inside = [.. ink.Where((_, i) => mask[i]).Order()];
        float full = inside[(int)(0.7 * (inside.Length - 1))], low = threshold / 2;
        byte[] pixels = new byte[width * height];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                int at = (top + y) * stride + left + x;
                bool isNear = mask[at] || (x > 0 && mask[at - 1]) || (x < width - 1 && mask[at + 1])
                    || (y > 0 && mask[at - stride]) || (y < height - 1 && mask[at + stride]);
                if (isNear) // the soft edge belongs to the stroke, the paper's shades do not
                    pixels[y * width + x] = (byte)Math.Clamp(255 * (ink[at] - low) / (full - low), 0, 255);
            }
        var cut = new GreyImage(width, height, pixels);
        for (int longer = Math.Max(width, height); StrokeWidth(cut) < ThinnestStroke * longer;)
            cut = Thickened(cut);
        return cut;
    }

    /// <summary>Twice the area over the outline's length.</summary>
    private static double StrokeWidth(GreyImage image)
    {
        int area = 0, outline = 0;
        for (int y = 0; y < image.Height; y++)
            for (int x = 0; x < image.Width; x++)
            {
                if (!IsInk(x, y))
                    continue;
                area++;
                outline += (IsInk(x - 1, y) ? 0 : 1) + (IsInk(x + 1, y) ? 0 : 1) + (IsInk(x, y - 1) ? 0 : 1)
                    + (IsInk(x, y + 1) ? 0 : 1);
            }
        return outline == 0 ? double.PositiveInfinity : 2.0 * area / outline * 1.27; // a circle's, not its steps'

        bool IsInk(int x, int y) => x >= 0 && y >= 0 && x < image.Width && y < image.Height
            && image.Pixels[y * image.Width + x] > 127;
    }

    /// <summary>Each pixel the lightest of its four neighbours and itself, one pixel more on each side.</summary>
    private static GreyImage Thickened(GreyImage image)
    {
        (int width, int height) = (image.Width + 2, image.Height + 2);
        byte[] pixels = new byte[width * height];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                pixels[y * width + x] = Math.Max(At(x - 1, y - 1), Math.Max(
                    Math.Max(At(x - 2, y - 1), At(x, y - 1)), Math.Max(At(x - 1, y - 2), At(x - 1, y))));
        return new GreyImage(width, height, pixels);

        byte At(int x, int y) => x < 0 || y < 0 || x >= image.Width || y >= image.Height
            ? (byte)0 : image.Pixels[y * image.Width + x];
    }

    /// <summary>Scaled into 20 x 20, its proportions kept, its centre of mass in the middle of 28 x 28.</summary>
    private static GreyImage Centred(GreyImage cut)
    {
        int longer = Math.Max(cut.Width, cut.Height);
        GreyImage small = cut.To(Math.Max(1, (int)Math.Round((double)cut.Width * Box / longer)),
            Math.Max(1, (int)Math.Round((double)cut.Height * Box / longer)));
        (double x, double y) = CentreOfMass(small);
        int left = Math.Clamp((int)Math.Round(Middle - x), 0, Size - small.Width);
        int top = Math.Clamp((int)Math.Round(Middle - y), 0, Size - small.Height);
        byte[] pixels = new byte[Size * Size];
        for (int row = 0; row < small.Height; row++)
            small.Pixels.AsSpan(row * small.Width, small.Width).CopyTo(pixels.AsSpan((top + row) * Size + left));
        return new GreyImage(Size, Size, pixels);
    }
}
