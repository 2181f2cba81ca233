using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The folder that a training run leaves: model, metrics, result, checkpoints, plots.</summary>
public sealed class RunFolder : IDisposable
{
    public const string ModelName = "model.safetensors", BestName = "best.safetensors", ResultName = "result.json",
        ReportName = "report.html", CheckpointFolder = "checkpoints";

    private const string PlotFolder = "plots", MetricsName = "metrics.jsonl";

    private readonly StreamWriter _metrics;
    private readonly RunLock _lock;

    private RunFolder(string path)
    {
        Root = path;
        Directory.CreateDirectory(path);
        _lock = RunLock.Take(path); // two that train in one folder would spoil each other's files
        foreach (string part in new[] { "", CheckpointFolder, PlotFolder })
            AtomicFile.RemoveLeftovers(System.IO.Path.Combine(path, part));
        var stream = new FileStream(
            System.IO.Path.Combine(path, MetricsName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        stream.Seek(0, SeekOrigin.End);
        _metrics = new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" };
    }

    public string Root { get; }

    public string Model => System.IO.Path.Combine(Root, ModelName);

    public string Report => System.IO.Path.Combine(Root, ReportName);

    public string Result => System.IO.Path.Combine(Root, ResultName);

    public string Best => System.IO.Path.Combine(Root, BestName);

    /// <summary>Whether a folder holds a run.</summary>
    public static bool IsOne(string path) =>
        File.Exists(System.IO.Path.Combine(path, MetricsName)) || File.Exists(System.IO.Path.Combine(path, ResultName));

    /// <summary>The run's checkpoints.</summary>
    /// <param name="keep">How many are kept.</param>
    /// <param name="keepFirst">Whether that of the start is kept besides.</param>
    public CheckpointStore Checkpoints(int keep, bool keepFirst = false) => CheckpointsIn(Root, keep, keepFirst);

    /// <summary>The checkpoints of the run in a folder, which may be another process's.</summary>
    /// <param name="keep">How many are kept.</param>
    /// <param name="keepFirst">Whether that of the start is kept besides.</param>
    public static CheckpointStore CheckpointsIn(string root, int keep, bool keepFirst = false) =>
        new(System.IO.Path.Combine(root, CheckpointFolder), keep, keepFirst);

    /// <summary>Makes the folder.</summary>
    /// <param name="path">Null: runs/date-time-recipe.</param>
    /// <param name="force">Whether a folder with files in it may be written over.</param>
    /// <exception cref="GpuLstmException">It holds files and force is off, or it cannot be made.</exception>
    public static RunFolder Create(string? path, string recipe, bool force)
    {
        path ??= NewPath("runs", $"-{recipe}");
        RunFolder folder = Open(path, () => Check(path, force));
        folder.Clear();
        return folder;
    }

    /// <summary>Opens the folder of a run to go on with it. Nothing in it changes but that leftover temporary files
    /// go.</summary>
    /// <exception cref="GpuLstmException">There is none, or another process trains in it.</exception>
    public static RunFolder Reopen(string path) =>
        Open(path, () =>
        {
            if (!Directory.Exists(path))
                throw new GpuLstmException($"There is no run folder '{path}'.");
        });

    /// <summary>The result of a run that came to its end; null where there is none, or the run was stopped.</summary>
    public static JsonObject? FinishedResult(string path) =>
        ResultIn(path) is { } result && result["interrupted"]?.GetValueKind() == JsonValueKind.False ? result : null;

    /// <summary>The result in a run folder; null where there is none that can be read.</summary>
    public static JsonObject? ResultIn(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(path, ResultName))) as JsonObject;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
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
            throw new GpuLstmException(
                $"The run folder '{path}' is not empty: name another with --out, or write over it with --force.");
    }

    /// <summary>Appends a row to metrics.jsonl.</summary>
    /// <exception cref="StorageException">It cannot be written.</exception>
    public void Log(object row)
    {
        string kind = row switch
        {
            StepLog => "step",
            TestLog => "test",
            EpochLog => "epoch",
            _ => throw new ArgumentException("Not a row.", nameof(row)),
        };
        JsonElement fields = JsonSerializer.SerializeToElement(row, row.GetType(), Terminal.Json);
        var line = new Dictionary<string, object> { ["kind"] = kind };
        foreach (JsonProperty field in fields.EnumerateObject())
            line[field.Name] = field.Value;
        try
        {
            _metrics.WriteLine(JsonSerializer.Serialize(line, Terminal.Json));
        }
        catch (IOException e)
        {
            throw new StorageException(
                $"'{System.IO.Path.Combine(Root, MetricsName)}' cannot be written: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>Makes metrics.jsonl hold these rows and no others.</summary>
    public void LogAgain(IEnumerable<object> rows)
    {
        _metrics.BaseStream.SetLength(0);
        foreach (object row in rows)
            Log(row);
    }

    /// <summary>Writes a text file into the folder, whole or not at all.</summary>
    public void Write(string name, string text)
    {
        string path = System.IO.Path.Combine(Root, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        AtomicFile.WriteText(path, text);
    }

    private static RunFolder Open(string path, Action check)
    {
        try
        {
            check();
            return new RunFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GpuLstmException($"The run folder '{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Removes what an earlier run left that this one would be taken for.</summary>
    private void Clear()
    {
        foreach (string file in (IEnumerable<string>)[Result, Model, Best, Report, RunLog.StepsIn(Root)])
            File.Delete(file);
        RemovePictures();
        Checkpoints(keep: 1).Clear();
        LogAgain([]);
    }

    /// <summary>Removes what can be made again, older checkpoints and pictures, so that a full disk takes the
    /// result.</summary>
    public void MakeRoom()
    {
        Checkpoints(keep: 1).Trim();
        RemovePictures();
    }

    private void RemovePictures()
    {
        string plots = System.IO.Path.Combine(Root, PlotFolder);
        if (!Directory.Exists(plots))
            return;
        foreach (string name in RunFigures.Names)
            foreach (string extension in PictureFile.Extensions)
                File.Delete(System.IO.Path.Combine(plots, name + extension));
    }

    /// <summary>A folder's path that is not taken: parent/date-time and <paramref name="name"/>.</summary>
    public static string NewPath(string parent, string name = "")
    {
        string stem = System.IO.Path.Combine(parent,
            string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:yyyyMMdd-HHmmss}{name}"));
        string path = stem;
        for (int n = 2; Directory.Exists(path); n++)
            path = $"{stem}-{n}";
        return path;
    }

    public void Dispose()
    {
        try
        {
            _metrics.Dispose();
        }
        catch (IOException)
        {
            // What could not be written was told when it was logged.
        }
        _lock.Dispose();
    }
}
