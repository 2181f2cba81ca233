using System.Globalization;
using GpuLstm.Runtime;

namespace GpuLstm.Host;

/// <summary>The right to write into a run folder: a lock on a file in it, which the system frees whatever becomes of
/// the process. Readers need none.</summary>
public sealed class RunLock : IDisposable
{
    private const string Name = ".lock", HolderName = ".writer";
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <exception cref="GpuLstmException">Another process holds it; the message says which.</exception>
    public static RunLock Take(string folder)
    {
        string path = Path.Combine(folder, Name);
        FileStream file;
        try
        {
            // Sharing nothing is flock's exclusive lock on Unix; other ways of sharing let two writers in.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new GpuLstmException($"Another process trains in the run folder '{folder}': {Holder(folder)}.");
        }
        try
        {
            File.WriteAllText(Path.Combine(folder, HolderName), string.Create(CultureInfo.InvariantCulture,
                $"process {Environment.ProcessId} on {Environment.MachineName}, "
                + $"since {DateTime.Now:yyyy-MM-dd HH:mm:ss}"));
        }
        catch (IOException)
        {
            // A full disk: the lock holds all the same, only nobody can read whose it is.
        }
        return new(file);
    }

    private static string Holder(string folder)
    {
        try
        {
            string holder = File.ReadAllText(Path.Combine(folder, HolderName));
            return holder.Length > 0 ? holder : "it does not say which";
        }
        catch (IOException)
        {
            return "it does not say which";
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        // The file stays: removing it would let two in, one by the removed file and one by a new one.
    }
}
