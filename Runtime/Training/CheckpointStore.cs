using System.Globalization;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Training;

/// <summary>A run's checkpoints on disk, one file per step, the last few kept.</summary>
/// <param name="folder">Made when the first one is saved.</param>
/// <param name="keep">How many are kept, at least 1.</param>
/// <param name="keepFirst">Whether that of the start is kept besides.</param>
public sealed class CheckpointStore(string folder, int keep, bool keepFirst = false)
{
    private const string Prefix = "step-", Suffix = ".safetensors";

    /// <summary>The files, newest step first.</summary>
    public IReadOnlyList<string> Files => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}").Where(f => StepOf(f) >= 0).OrderByDescending(StepOf),
    ];

    /// <summary>Whether a file can be read and matches its checksum.</summary>
    public static bool IsWhole(string path)
    {
        try
        {
            Checkpoint.Load(path);
            return true;
        }
        catch (GpuLstmException)
        {
            return false;
        }
    }

    /// <summary>Saves one, and only then removes those that are one too many.</summary>
    /// <exception cref="GpuLstmException">It cannot be written; those saved before are as they were.</exception>
    public void Save(Checkpoint checkpoint)
    {
        long step = checkpoint.Position.Step;
        try
        {
            Directory.CreateDirectory(folder);
            checkpoint.Save(Path.Combine(folder,
                string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D10}{Suffix}")));
            // Left by a run that went on from an earlier step.
            foreach (string future in Files.Where(f => StepOf(f) > step))
                File.Delete(future);
            foreach (string old in Files.Skip(keep).Where(f => !keepFirst || StepOf(f) > 0))
                File.Delete(old);
        }
        catch (Exception e) when (e is GpuLstmException or IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                $"Training stopped after step {step}, because its checkpoint could not be saved: "
                + $"{e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>Removes those that are more than are kept.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Trim()
    {
        string[] old = [.. Files.Skip(keep)];
        try
        {
            Array.ForEach(old, File.Delete);
            return old.Length > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The newest that is whole; null where none was ever saved.</summary>
    /// <param name="notice">Told of each that is damaged and therefore passed over.</param>
    /// <param name="where">Which ones may be taken; null: all.</param>
    /// <exception cref="GpuLstmException">All are damaged.</exception>
    public Checkpoint? Latest(Action<string> notice, Func<Checkpoint, bool>? where = null)
    {
        var refusals = new List<GpuLstmException>();
        foreach (string file in Files)
            try
            {
                Checkpoint checkpoint = Checkpoint.Load(file);
                if (where?.Invoke(checkpoint) == false)
                    continue;
                foreach (GpuLstmException refusal in refusals)
                    notice($"{refusal.Message.TrimEnd('.')}; "
                        + $"the checkpoint of step {checkpoint.Position.Step} is taken instead.");
                return checkpoint;
            }
            catch (GpuLstmException e)
            {
                refusals.Add(e);
            }
        return refusals is [GpuLstmException first, ..]
            ? throw new GpuLstmException($"No checkpoint in '{folder}' can be used: {first.Message}", first)
            : null;
    }

    /// <summary>Removes all.</summary>
    public void Clear()
    {
        foreach (string file in Files)
            File.Delete(file);
    }

    /// <summary>The step in a file's name, or -1.</summary>
    private static long StepOf(string path)
    {
        string name = Path.GetFileName(path);
        return long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length),
            NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? step : -1;
    }
}
