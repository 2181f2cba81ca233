namespace GpuLstm.Runtime.Data.Files;

/// <summary>Tables of one row per sequence: the values of its steps, of one feature, and its class in a column of its
/// own. Empty fields at the end of a row are no steps. The UCR archive's files are such.</summary>
internal static class WideTable
{
    /// <exception cref="FileFormatException">A row is not like the first, or has a text among its numbers.</exception>
    public static DataPart Read(string path, CsvTable table, TableColumns columns)
    {
        int label = table.LabelColumn(columns);
        if (PixelTable.Size(table, label) is var (height, width))
            return PixelTable.Read(path, table, label, height, width);
        if (table.Columns < (label >= 0 ? 2 : 1))
            throw new FileFormatException($"{path} has no column of values.");
        SequenceBuilder sequences = new(path, ["value"]);
        LabelColumn labels = new(path);
        while (table.Read())
        {
            for (int i = 0; i < table.Columns; i++)
                if (i != label)
                    sequences.Add(NumberText.Parse(table[i], path, table.Line));
            if (label >= 0)
                labels.Add(table[label], table.Line);
            sequences.End(table.Line);
        }
        return sequences.ToPart(label >= 0 ? labels : null);
    }
}
