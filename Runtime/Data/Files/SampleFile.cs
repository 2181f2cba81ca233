namespace GpuLstm.Runtime.Data.Files;

/// <summary>Reads a file of samples of whatever format it is: told by its content, and by its extension.</summary>
internal static class SampleFile
{
    /// <param name="columns">Of tables.</param>
    /// <returns>The samples; where the file has two parts, both.</returns>
    /// <exception cref="FileFormatException">It is of no format that is read, or damaged.</exception>
    /// <exception cref="GpuLstmException">It cannot be read.</exception>
    public static (DataPart Train, DataPart? Test) Read(string path, TableColumns columns) =>
        DataFile.Read(path, stream =>
    {
        Span<byte> start = stackalloc byte[4];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        if (read == 0)
            throw new FileFormatException($"{path} is empty.");
        if (start[..read].StartsWith("PK"u8))
            return ArchiveFile.Read(path, stream, columns);
        using PlainText text = new(path, stream);
        if (Path.GetExtension(path).Equals(".ts", StringComparison.OrdinalIgnoreCase))
            return (TsFile.Read(path, text), null);
        using CsvTable table = new(path, text);
        return (columns.Sequence is null ? WideTable.Read(path, table, columns)
            : LongTable.Read(path, table, columns), null);
    });
}
