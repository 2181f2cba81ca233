using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>A run that was made before, read from its folder.</summary>
/// <param name="Root">The folder.</param>
/// <param name="Result">The content of result.json; of a run that has not come to its end, what its checkpoint
/// tells.</param>
public sealed record SavedRun(string Root, Model Model, JsonObject Result)
{
    /// <summary>Reads a run by its folder, or by a model or checkpoint in it. Nothing in the folder changes.</summary>
    /// <param name="best">Whether its best model is meant, not its last.</param>
    /// <param name="notice">Hears what the user should know.</param>
    /// <exception cref="FileFormatException">A file is damaged.</exception>
    /// <exception cref="GpuLstmException">There is no run of that name.</exception>
    public static SavedRun Load(string path, bool best, Action<string> notice)
    {
        NamedModel named = ModelSource.Read(path, best, notice);
        string root = Directory.Exists(path) ? path : named.Root ?? throw new GpuLstmException(
            $"'{path}' lies in no run folder, and its log and results are not known.");
        return new(root, named.Model, ReadResult(root) ?? RunResult.Of(LatestCheckpoint(root, notice)));
    }

    private static JsonObject? ReadResult(string root)
    {
        string file = Path.Combine(root, RunFolder.ResultName);
        try
        {
            return !File.Exists(file) ? null
                : JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new FileFormatException($"'{file}' is damaged.", e);
        }
    }

    private static Checkpoint LatestCheckpoint(string root, Action<string> notice) =>
        RunFolder.CheckpointsIn(root, keep: 1).Latest(notice)
            ?? throw new GpuLstmException($"'{root}' has neither {RunFolder.ResultName} nor a checkpoint.");

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Root)));

    public int StepsPerEpoch
    {
        get
        {
            int samples = RunResult.Field<int>(Result, "train_samples");
            return samples > 0 ? Model.Recipe.StepsPerEpoch(samples, Model.Network.TimeSteps, Model.Network.Head)
                : throw new FileFormatException(
                $"'{Root}' has a {RunFolder.ResultName} without training samples.");
        }
    }

    /// <summary>What the run logged, for its plots; null where its log is gone.</summary>
    public TrainingHistory? History()
    {
        RunHistory log = RunLog.Read(Root, StepsPerEpoch);
        return log.Steps.Count + log.Tests.Count + log.Epochs.Count == 0
            ? null
            : RunLog.Plotted(log, StepsPerEpoch, RunResult.Field<int>(Result, "test_samples"));
    }

    /// <summary>Loads the data that the run was made with.</summary>
    /// <param name="spec">Where they lie now; null: where they lay then.</param>
    /// <exception cref="GpuLstmException">They cannot be had, or are others than then.</exception>
    public Dataset LoadData(string? spec, Terminal terminal, CancellationToken cancel)
    {
        Dataset data = EvaluationData.Stated(
            RunResult.Statement(Result).ReadAs(Model.Data), spec, Root, terminal, cancel);
        return Model.Fit(data, Root);
    }
}
