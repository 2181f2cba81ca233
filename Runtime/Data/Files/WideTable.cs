namespace GpuLstm.Runtime.Data.Files;

/// <summary>Tables of one row per sequence: the values of its steps, of one feature, and its class in a column of its
/// own. Empty fields at the end of a row are no steps. The UCR archive's files are such.</summary>
internal static class WideTable
{
    /// <exception cref="FileFormatException">A row is not like the first, or has a text among its numbers.</exception>
    public static DataPart Read(string path, CsvTable table, TableColumns columns)
    {
        int label = table.LabelColumn(columns);
        int[] targets = TargetColumns.Of(table, columns);
        if (targets.Length == 0 && PixelTable.Size(table, label) is var (height, width))
            return PixelTable.Read(path, table, label, height, width);
        if (columns.PerStep)
            throw new FileFormatException($"{path} has a sequence in each row: labels of steps need a row for each "
                + $"step, "
                + "and --sequence COLUMN.");
        if (table.Columns < targets.Length + (label >= 0 ? 2 : 1))
            throw new FileFormatException($"{path} has no column of values.");
        SequenceBuilder sequences = new(path, ["value"]);
        LabelColumn labels = new(path);
        TargetColumns answers = new(path, columns.Targets ?? []);
        while (table.Read())
        {
            for (int i = 0; i < table.Columns; i++)
                if (i != label && !targets.Contains(i))
                    sequences.Add(NumberText.Parse(table[i], path, table.Line));
            if (label >= 0)
                labels.Add(table[label], table.Line);
            foreach (int column in targets)
                answers.Add(table[column], table.Line);
            sequences.End(table.Line);
        }
        return sequences.ToPart(label >= 0 ? labels : null, targets.Length > 0 ? answers : null);
    }
}
