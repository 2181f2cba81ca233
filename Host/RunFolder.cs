using System.Globalization;
using System.Text.Json;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Host;

/// <summary>The folder that a training run leaves: model, metrics, result, plots.</summary>
public sealed class RunFolder : IDisposable
{
    private readonly StreamWriter _metrics;

    private RunFolder(string path)
    {
        Root = path;
        _metrics = new StreamWriter(System.IO.Path.Combine(path, "metrics.jsonl")) { AutoFlush = true, NewLine = "\n" };
    }

    public string Root { get; }

    public string Model => System.IO.Path.Combine(Root, "model.safetensors");

    public string Result => System.IO.Path.Combine(Root, "result.json");

    /// <summary>Makes the folder.</summary>
    /// <param name="path">Null: runs/date-time-recipe.</param>
    /// <param name="force">Whether a folder with files in it may be written over.</param>
    /// <exception cref="GpuLstmException">It holds files and force is off, or it cannot be made.</exception>
    public static RunFolder Create(string? path, string recipe, bool force)
    {
        path ??= NewPath(recipe);
        try
        {
            Check(path, force);
            Directory.CreateDirectory(path);
            return new RunFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GpuLstmException($"The run folder '{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Refuses early what <see cref="Create"/> would refuse after the data are loaded.</summary>
    /// <exception cref="GpuLstmException">As there.</exception>
    public static void Check(string? path, bool force)
    {
        if (path == null)
            return;
        if (File.Exists(path))
            throw new GpuLstmException($"The run folder '{path}' is a file.");
        if (!force && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new GpuLstmException($"The run folder '{path}' is not empty: name another with --out, or write over it with --force.");
    }

    /// <summary>Appends an object to metrics.jsonl.</summary>
    public void Log(string kind, object value)
    {
        JsonElement fields = JsonSerializer.SerializeToElement(value, Terminal.Json);
        var line = new Dictionary<string, object> { ["kind"] = kind };
        foreach (JsonProperty field in fields.EnumerateObject())
            line[field.Name] = field.Value;
        _metrics.WriteLine(JsonSerializer.Serialize(line, Terminal.Json));
    }

    /// <summary>Writes a text file into the folder, whole or not at all.</summary>
    public void Write(string name, string text)
    {
        string path = System.IO.Path.Combine(Root, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            writer.Write(text);
        });
    }

    private static string NewPath(string recipe)
    {
        string stem = System.IO.Path.Combine("runs", string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:yyyyMMdd-HHmmss}-{recipe}"));
        string path = stem;
        for (int n = 2; Directory.Exists(path); n++)
            path = $"{stem}-{n}";
        return path;
    }

    public void Dispose() => _metrics.Dispose();
}
