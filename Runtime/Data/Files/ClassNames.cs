using System.Globalization;
using System.Text;

namespace GpuLstm.Runtime.Data.Files;

/// <summary>The classes of a data set, out of the names in its files.</summary>
internal static class ClassNames
{
    /// <summary>All classes in their order: numbers first, by value; the others in ordinal order.</summary>
    /// <exception cref="FileFormatException">There are fewer than two or too many, or one is spelled in two
    /// ways.</exception>
    public static string[] Of(params ReadOnlySpan<LabelColumn> columns)
    {
        Dictionary<string, (string Name, string Path, long Line)> known = [];
        foreach (LabelColumn column in columns)
            foreach ((string name, long line) in column.Names)
                if (!known.TryAdd(Key(name), (name, column.Path, line)) && known[Key(name)] is var other
                    && other.Name != name)
                    throw LineError.At(column.Path, line, $"the class {LineError.Quote(name)} is spelled "
                        + $"{LineError.Quote(other.Name)} in {other.Path}, line {other.Line}: one spelling is needed");
        if (known.Count is < 2 or > Samples.MostClasses)
            throw new FileFormatException($"{columns[0].Path} has {known.Count} class(es), where 2 to "
                + $"{Samples.MostClasses} are needed.");
        string[] names = [.. known.Values.Select(one => one.Name)];
        Array.Sort(names, Compare);
        return names;
    }

    /// <summary>Names that are numbers come first, by value; the others follow in ordinal order.</summary>
    public static int Compare(string left, string right)
    {
        int byValue = NumberOf(left).CompareTo(NumberOf(right));
        return byValue != 0 ? byValue : string.CompareOrdinal(left, right);
    }

    private static double NumberOf(string name) =>
        double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value) ? value : double.PositiveInfinity;

    /// <summary>Alike for spellings of one class: case, blanks, composed accents, 1 and 1.0. Single characters are
    /// themselves, as a and A may be two letters.</summary>
    private static string Key(string name)
    {
        if (double.IsFinite(NumberOf(name)))
            return NumberOf(name).ToString("R", CultureInfo.InvariantCulture);
        string whole = name.Normalize(NormalizationForm.FormKC);
        return whole.Length < 2 ? whole
            : string.Concat(whole.Where(c => !char.IsWhiteSpace(c) && c is not ('_' or '-'))).ToUpperInvariant();
    }
}
