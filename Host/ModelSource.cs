using System.Text.Json.Nodes;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>A model by whatever name the user has for it: a run folder, a model file, a checkpoint, or another
/// framework's file.</summary>
public static class ModelSource
{
    /// <summary>Reads the model.</summary>
    /// <param name="best">Whether a run's best model is meant, not its last.</param>
    /// <param name="notice">Hears what the user should know.</param>
    /// <param name="activation">The gates of Keras's weights alone; null: what is likely.</param>
    /// <exception cref="GpuLstmException">There is none, it cannot be read, or its weights are not finite.</exception>
    public static NamedModel Read(string path, bool best, Action<string> notice, string? activation = null)
    {
        string file = FileOf(path, best, notice);
        Model model = ModelImport.Read(file, notice, activation);
        if (model.NotFinite is { } tensor)
            throw new GpuLstmException($"'{file}' has weights that are not finite numbers, in '{tensor}': its training "
                + "diverged, and it answers nothing.");
        string? root = RootOf(file);
        if (model.Data == null && root != null)
            model = model with { Data = StatementIn(root) };
        return new(file, model, root);
    }

    /// <summary>The model's file: of a run folder its model, or its newest checkpoint where training has not come to
    /// its end.</summary>
    /// <exception cref="GpuLstmException">A folder has neither.</exception>
    public static string FileOf(string path, bool best, Action<string> notice)
    {
        if (!Directory.Exists(path))
            return best ? BestBeside(path) : path;
        string name = best ? RunFolder.BestName : RunFolder.ModelName, file = Path.Combine(path, name);
        if (File.Exists(file))
            return file;
        if (best)
            throw new GpuLstmException(
                $"'{path}' has no {RunFolder.BestName}: its run was trained without --validation.");
        string? checkpoint = RunFolder.CheckpointsIn(path, keep: 1).Files.FirstOrDefault(CheckpointStore.IsWhole)
            ?? throw new GpuLstmException(
                $"'{path}' is no run: it has neither {RunFolder.ModelName} nor a checkpoint.");
        notice($"The run '{path}' has not come to its end: its checkpoint {Path.GetFileName(checkpoint)} is taken.");
        return checkpoint;
    }

    /// <summary>The run folder that a model or checkpoint lies in; null where it lies in none.</summary>
    public static string? RootOf(string file)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(file));
        if (folder != null && Path.GetFileName(folder) == RunFolder.CheckpointFolder)
            folder = Path.GetDirectoryName(folder);
        return folder != null && RunFolder.IsOne(folder) ? folder : null;
    }

    private static string BestBeside(string file)
    {
        string root = RootOf(file) ?? throw new UsageException(
            $"--best goes with a run folder; '{file}' lies in none.");
        return FileOf(root, best: true, _ => { });
    }

    /// <summary>What a run of an older version, whose model does not tell, was trained on.</summary>
    private static DataStatement? StatementIn(string root)
    {
        JsonObject? result = RunFolder.ResultIn(root);
        return result == null ? null : RunResult.Statement(result);
    }
}
