using System.Globalization;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Host;

/// <summary>Predictions as comma-separated values (RFC 4180), for spreadsheets and pandas.</summary>
public static class CsvFile
{
    /// <summary>Writes a table whole or not at all.</summary>
    /// <exception cref="Runtime.StorageException">It cannot be written.</exception>
    public static void Write(string path, IEnumerable<string> header, IEnumerable<IEnumerable<string>> rows) =>
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (IEnumerable<string> row in rows.Prepend(header))
                writer.WriteLine(string.Join(',', row.Select(Field)));
        });

    /// <summary>The shortest text that is this float and no other.</summary>
    public static string Number(float value) => value.ToString("G9", CultureInfo.InvariantCulture);

    private static string Field(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
