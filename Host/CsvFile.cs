using System.Globalization;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>Tables as comma-separated values (RFC 4180), for spreadsheets and pandas.</summary>
public static class CsvFile
{
    /// <summary>Writes a row per sample, whole or not at all: what it is called, its true class, the predicted one, and
    /// each class's probability.</summary>
    /// <param name="key">The first column's title.</param>
    /// <param name="name">What a sample is called.</param>
    /// <param name="label">A sample's true class; null where nobody knows it.</param>
    /// <exception cref="Runtime.StorageException">It cannot be written.</exception>
    public static void WritePredictions(string path, string key, ClassEvaluation result, IReadOnlyList<string> classes,
        Func<int, string> name, Func<int, int?> label) =>
        Write(path, [key, "label", "predicted", .. classes.Select(c => $"p{c}")],
            Enumerable.Range(0, result.Labels.Length).Select(sample => (IEnumerable<string>)
            [
                name(sample), label(sample) is { } truth ? classes[truth] : "", classes[result.Predicted(sample)],
                .. result[sample].ToArray().Select(Number),
            ]));

    /// <summary>Writes rows below a header, whole or not at all.</summary>
    /// <exception cref="Runtime.StorageException">It cannot be written.</exception>
    public static void Write(string path, IEnumerable<string> header, IEnumerable<IEnumerable<string>> rows) =>
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            foreach (IEnumerable<string> row in rows.Prepend(header))
                writer.WriteLine(string.Join(',', row.Select(Field)));
        });

    /// <summary>The shortest text that is this float and no other.</summary>
    private static string Number(float value) => value.ToString("G9", CultureInfo.InvariantCulture);

    private static string Field(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
