using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>A run that was made before, read from its folder.</summary>
/// <param name="Root">The folder.</param>
/// <param name="Result">The content of result.json.</param>
public sealed record SavedRun(string Root, Model Model, JsonObject Result)
{
    /// <summary>Reads model and result. Nothing in the folder changes.</summary>
    /// <exception cref="FileFormatException">A file is damaged.</exception>
    /// <exception cref="GpuLstmException">There is no such folder, or it holds no run that has ended.</exception>
    public static SavedRun Load(string root)
    {
        if (!Directory.Exists(root))
            throw new GpuLstmException($"There is no run folder '{root}'.");
        foreach (string name in new[] { RunFolder.ModelName, RunFolder.ResultName })
            if (!File.Exists(Path.Combine(root, name)))
                throw new GpuLstmException($"'{root}' is no finished run: it has no {name}.");
        string result = Path.Combine(root, RunFolder.ResultName);
        try
        {
            JsonObject json = JsonNode.Parse(File.ReadAllText(result)) as JsonObject ?? throw new JsonException();
            return new(root, Model.Load(Path.Combine(root, RunFolder.ModelName)), json);
        }
        catch (JsonException e)
        {
            throw new FileFormatException($"'{result}' is damaged.", e);
        }
    }

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Root)));

    public int StepsPerEpoch
    {
        get
        {
            int samples = Field<int>("train_samples");
            int batch = Math.Min(Model.Recipe.Batch, samples);
            return samples > 0 ? (samples + batch - 1) / batch : throw Damaged("train_samples");
        }
    }

    /// <summary>What the run logged, for its plots; null where its log is gone.</summary>
    public TrainingHistory? History()
    {
        RunHistory log = RunLog.Read(Root, StepsPerEpoch);
        return log.Steps.Count + log.Tests.Count + log.Epochs.Count == 0
            ? null
            : RunLog.Plotted(log, StepsPerEpoch, Field<int>("test_samples"));
    }

    /// <summary>Loads the data that the run was made with.</summary>
    /// <param name="spec">Where they lie now; null: where they lay then.</param>
    /// <exception cref="GpuLstmException">They cannot be had, or are others than then.</exception>
    public Dataset LoadData(string? spec, Terminal terminal, CancellationToken cancel)
    {
        Dataset data = CommonOptions.LoadData(new()
        {
            Spec = spec ?? Field<string>("data_spec"), Seed = Field<ulong>("seed"),
            Split = Result["split"] is null ? null : Field<string>("split"),
            Limit = Result["limit"] is null ? null : Field<int>("limit"),
        }, terminal, cancel);
        return DataFingerprint.Of(data) == Field<string>("data_sha256")
            ? data
            : throw new GpuLstmException($"The data ({data.Name}, {data.Origin}) are not those that the run '{Root}' "
                + "was trained on.");
    }

    private T Field<T>(string name) =>
        Result[name] is JsonValue value && value.TryGetValue(out T? found) && found is not null
            ? found
            : throw Damaged(name);

    private FileFormatException Damaged(string name) =>
        new($"'{Path.Combine(Root, RunFolder.ResultName)}' has no usable '{name}'.");
}
