using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Data;

/// <summary>The ground that ink lies on: a smooth surface of second order, so that uneven light is no ink, and how much
/// single pixels of it differ from it.</summary>
internal sealed class Paper
{
    private const int Terms = 6, Rounds = 8;
    private readonly double[] _surface;
    private readonly bool _isLight;

    private Paper(double[] surface, double noise, bool isLight) =>
        (_surface, Noise, _isLight) = (surface, noise, isLight);

    /// <summary>The paper's own deviation in grey levels, at least 1.</summary>
    public double Noise { get; }

    /// <summary>Fits the paper of an image: least squares over what is not ink, found anew in each round. It begins at
    /// the border, where there is mostly paper.</summary>
    public static Paper Under(GreyImage image)
    {
        bool[] isPaper = Border(image);
        double[] surface = new double[Terms], residuals = [];
        double noise = 1;
        for (int round = 0; round < Rounds; round++)
        {
            surface = Fit(image, isPaper, round == 0 ? 3 : Terms);
            residuals = Residuals(image, surface);
            double[] deviations = [.. residuals.Where((_, i) => isPaper[i]).Select(Math.Abs)];
            Array.Sort(deviations);
            noise = Math.Max(1, 1.4826 * deviations[deviations.Length / 2]); // of a normal distribution's median
            double most = Math.Max(10, 3 * noise);
            isPaper = Array.ConvertAll(residuals, residual => Math.Abs(residual) <= most);
            if (isPaper.Count(paper => paper) < Terms * 4)
                isPaper = Border(image);
        }
        // Ink is on the side where what is no paper lies.
        double above = 0, below = 0;
        foreach (double residual in residuals)
            if (Math.Abs(residual) > Math.Max(10, 3 * noise))
                (above, below) = residual > 0 ? (above + residual, below) : (above, below - residual);
        return new Paper(surface, noise, isLight: below > above);
    }

    /// <summary>How far each pixel is from the paper on the ink's side, in grey levels, 0 on the other.</summary>
    public float[] Ink(GreyImage image) => Array.ConvertAll(
        Residuals(image, _surface), residual => (float)Math.Max(0, _isLight ? -residual : residual));

    /// <summary>The share of an image that is paper.</summary>
    public double Share(GreyImage image) =>
        Residuals(image, _surface).Average(residual => Math.Abs(residual) <= Math.Max(10, 3 * Noise) ? 1.0 : 0);

    private static bool[] Border(GreyImage image)
    {
        int margin = Math.Max(1, Math.Min(image.Width, image.Height) / 20);
        return [.. Enumerable.Range(0, image.Pixels.Length).Select(i =>
        {
            (int x, int y) = (i % image.Width, i / image.Width);
            return x < margin || y < margin || x >= image.Width - margin || y >= image.Height - margin;
        })];
    }

    private static double[] Residuals(GreyImage image, double[] surface)
    {
        double[] residuals = new double[image.Pixels.Length];
        double[] terms = new double[Terms];
        for (int i = 0; i < residuals.Length; i++)
        {
            TermsAt(image, i, terms);
            double paper = 0;
            for (int k = 0; k < Terms; k++)
                paper += surface[k] * terms[k];
            residuals[i] = image.Pixels[i] - paper;
        }
        return residuals;
    }

    private static void TermsAt(GreyImage image, int i, double[] terms)
    {
        double x = 2.0 * (i % image.Width) / image.Width - 1, y = 2.0 * (i / image.Width) / image.Height - 1;
        (terms[0], terms[1], terms[2], terms[3], terms[4], terms[5]) = (1, x, y, x * x, x * y, y * y);
    }

    /// <summary>Least squares by the normal equations, the first so many terms.</summary>
    private static double[] Fit(GreyImage image, bool[] isPaper, int count)
    {
        double[,] a = new double[count, count + 1];
        double[] terms = new double[Terms];
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            if (!isPaper[i])
                continue;
            TermsAt(image, i, terms);
            for (int row = 0; row < count; row++)
            {
                for (int column = 0; column < count; column++)
                    a[row, column] += terms[row] * terms[column];
                a[row, count] += terms[row] * image.Pixels[i];
            }
        }
        for (int k = 0; k < count; k++)
            a[k, k] += 1e-6; // a single row of pixels leaves terms undecided
        for (int k = 0; k < count; k++)
            for (int row = 0; row < count; row++)
            {
                if (row == k)
                    continue;
                double factor = a[row, k] / a[k, k];
                for (int column = k; column <= count; column++)
                    a[row, column] -= factor * a[k, column];
            }
        double[] surface = new double[Terms];
        for (int k = 0; k < count; k++)
            surface[k] = a[k, count] / a[k, k];
        return surface;
    }
}
