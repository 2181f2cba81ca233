using System.Numerics;
using GpuLstm.Kernels;

namespace GpuLstm.Tests.Reference;

/// <summary>Images moved at random, by definition: the forward map is composed of matrices and inverted, the spline is
/// Cox and de Boor's recursion, and a value is the sum of all pixels under a tent.</summary>
public static class ReferenceAugmentation
{
    private const int AffineWords = 8, ControlRow = 16, Cells = 4, Points = 7;

    /// <summary>Reads an image [rows, columns] where the map of a sample says; the result has its shape.</summary>
    /// <param name="step">Of the training, and <paramref name="item"/>, the sample in the whole set: what the draws
    /// depend on.</param>
    public static double[] Move(
        ReadOnlySpan<byte> image, int rows, int columns, Augmentation ranges, ulong seed, uint step, uint item)
    {
        double[] draw = [.. Enumerable.Range(0, AffineWords + Points * ControlRow)
            .Select(word => 2 * (Word(seed, word, step, item) >> 8) / (double)(1 << 24) - 1)];
        double angle = draw[2] * ranges.Rotate * Math.PI / 180;
        double[,] turn = { { Math.Cos(angle), -Math.Sin(angle) }, { Math.Sin(angle), Math.Cos(angle) } };
        double[,] slide = { { 1, -draw[5] * ranges.Shear }, { 0, 1 } };
        double[,] size = { { 1 + draw[3] * ranges.Scale, 0 }, { 0, 1 + draw[4] * ranges.Scale } };
        double[,] map = Inverse(Product(turn, Product(slide, size)));
        double middleX = (columns - 1) / 2.0, middleY = (rows - 1) / 2.0;
        var moved = new double[rows * columns];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                double fromX = c - middleX, fromY = r - middleY;
                double x = map[0, 0] * fromX + map[0, 1] * fromY + middleX + draw[0] * ranges.Shift;
                double y = map[1, 0] * fromX + map[1, 1] * fromY + middleY + draw[1] * ranges.Shift;
                for (int down = 0; down < Points && ranges.Elastic > 0; down++)
                    for (int along = 0; along < Points; along++)
                    {
                        double weight = Spline(Cells * (r + 0.5) / rows + 3 - down)
                            * Spline(Cells * (c + 0.5) / columns + 3 - along);
                        int word = AffineWords + down * ControlRow + along;
                        x += weight * draw[word] * ranges.Elastic;
                        y += weight * draw[word + ControlRow / 2] * ranges.Elastic;
                    }
                moved[r * columns + c] = Tent(image, rows, columns, x, y);
            }
        return moved;
    }

    private static double Tent(ReadOnlySpan<byte> image, int rows, int columns, double x, double y)
    {
        double sum = 0;
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                sum += image[r * columns + c] * Math.Max(0, 1 - Math.Abs(x - c)) * Math.Max(0, 1 - Math.Abs(y - r));
        return sum;
    }

    /// <summary>The uniform B-spline of a degree with knots 0, 1, 2, ...: de Boor 1978, chapter X, equation
    /// 4.</summary>
    private static double Spline(double x, int degree = 3)
    {
        if (degree == 0)
            return x is >= 0 and < 1 ? 1 : 0;
        return (x * Spline(x, degree - 1) + (degree + 1 - x) * Spline(x - 1, degree - 1)) / degree;
    }

    private static double[,] Product(double[,] a, double[,] b) => new[,]
    {
        { a[0, 0] * b[0, 0] + a[0, 1] * b[1, 0], a[0, 0] * b[0, 1] + a[0, 1] * b[1, 1] },
        { a[1, 0] * b[0, 0] + a[1, 1] * b[1, 0], a[1, 0] * b[0, 1] + a[1, 1] * b[1, 1] },
    };

    private static double[,] Inverse(double[,] a)
    {
        double determinant = a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0];
        return new[,]
        {
            { a[1, 1] / determinant, -a[0, 1] / determinant }, { -a[1, 0] / determinant, a[0, 0] / determinant },
        };
    }

    /// <summary>Philox4x32-10 by the paper's figure, in arbitrary precision.</summary>
    private static uint Word(ulong seed, int word, uint step, uint item)
    {
        BigInteger whole = BigInteger.One << 32;
        BigInteger key0 = seed % whole, key1 = seed / whole;
        BigInteger[] x = [word / 4, 0x4155474D, step, item];
        for (int round = 0; round < 10; round++)
        {
            BigInteger left = x[0] * 0xD2511F53, right = x[2] * 0xCD9E8D57;
            x = [right / whole ^ x[1] ^ key0, right % whole, left / whole ^ x[3] ^ key1, left % whole];
            (key0, key1) = ((key0 + 0x9E3779B9) % whole, (key1 + 0xBB67AE85) % whole);
        }
        return (uint)x[word % 4];
    }
}
