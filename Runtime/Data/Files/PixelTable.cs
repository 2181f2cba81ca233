using System.Globalization;
using System.Text.RegularExpressions;

namespace GpuLstm.Runtime.Data.Files;

/// <summary>Tables of one image per row, as Kaggle has MNIST: columns <c>pixel0</c>, <c>pixel1</c>, ... or
/// <c>1x1</c>, <c>1x2</c>, ..., of values 0 to 255.</summary>
internal static partial class PixelTable
{
    /// <summary>Of the table without a header that MNIST is often kept in: the class and 28 x 28 pixels.</summary>
    public const int MnistColumns = 1 + 28 * 28;

    /// <summary>Rows and columns of the images; null: the table holds none.</summary>
    /// <param name="label">Column of the class, -1: none.</param>
    public static (int Height, int Width)? Size(CsvTable table, int label)
    {
        if (table.Header is null)
            return table.Columns == MnistColumns && label == 0 ? (28, 28) : null;
        string[] names = [.. table.Header.Where((_, i) => i != label)];
        if (names.Length < 4)
            return null;
        if (Array.TrueForAll(names, name => Place().IsMatch(name)))
        {
            int[] last = [.. names[^1].Split('x').Select(n => int.TryParse(n, CultureInfo.InvariantCulture,
                out int size) ? size : 0)];
            return (long)last[0] * last[1] == names.Length ? (last[0], last[1]) : null;
        }
        int side = (int)Math.Round(Math.Sqrt(names.Length));
        return side * side == names.Length && Array.TrueForAll(names, name => Pixel().IsMatch(name))
            ? (side, side) : null;
    }

    /// <exception cref="FileFormatException">A pixel is none.</exception>
    public static DataPart Read(string path, CsvTable table, int label, int height, int width)
    {
        List<byte> pixels = [];
        LabelColumn labels = new(path);
        int count = 0;
        for (; table.Read(); count++)
        {
            if (pixels.Count > Array.MaxLength - table.Columns)
                throw new FileFormatException($"{path} has more pixels than the {Array.MaxLength} that are read.");
            for (int i = 0; i < table.Columns; i++)
                if (i == label)
                    labels.Add(table[i], table.Line);
                else
                    pixels.Add(byte.TryParse(table[i].Trim(), NumberStyles.None, CultureInfo.InvariantCulture,
                        out byte value) ? value : throw LineError.At(path, table.Line,
                            $"{LineError.Quote(table[i])} is no pixel, 0 to 255"));
        }
        return count == 0
            ? throw new FileFormatException($"{path} has no images.")
            : new(path, new ImageSamples([.. pixels], new byte[count], height, width), label < 0 ? null : labels, null);
    }

    [GeneratedRegex("^(pixel|px)[ _]?[0-9]+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pixel();

    [GeneratedRegex("^[0-9]{1,4}x[0-9]{1,4}$", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
