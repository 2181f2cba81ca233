using System.Text;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Formats;

/// <summary>Writes files that are either whole or not there: into a temporary file of the same folder, flushed to the
/// disk, then renamed.</summary>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 16;
    private const string TemporarySuffix = ".tmp";

    /// <summary>Writes a file. Whatever fails, a previous file of this name stays as it was and no temporary file is
    /// left.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content; may seek.</param>
    /// <param name="overwrite">Whether a file of this name may be replaced.</param>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    /// <exception cref="GpuLstmException">It exists and may not be replaced.</exception>
    public static void Write(string path, Action<Stream> write, bool overwrite = true)
    {
        if (!overwrite && Path.Exists(path))
            throw new GpuLstmException($"{path} exists already and is not overwritten unless asked for.");
        string temporary;
        try
        {
            string whole = Path.GetFullPath(path);
            temporary = Path.Combine(Path.GetDirectoryName(whole) ?? whole,
                $".{Path.GetRandomFileName()}{TemporarySuffix}");
        }
        catch (ArgumentException e)
        {
            throw CannotWrite(path, e);
        }
        try
        {
            using (FileStream stream = new(
                temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferBytes))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Delete(temporary);
            throw CannotWrite(path, e);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>Deletes the temporary files that writers killed on the way left in a folder, if there is one.</summary>
    public static void RemoveLeftovers(string folder)
    {
        int length = $".{Path.GetRandomFileName()}{TemporarySuffix}".Length;
        if (!Directory.Exists(folder))
            return;
        foreach (string file in Directory.EnumerateFiles(folder, $".*{TemporarySuffix}"))
            if (Path.GetFileName(file).Length == length)
                Delete(file);
    }

    /// <summary>Writes a text as UTF-8.</summary>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static StorageException CannotWrite(string path, Exception e) =>
        new($"{path} cannot be written: {DataFile.Reason(e)}.", e);

    private static void Delete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report.
        }
    }
}
