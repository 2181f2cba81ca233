namespace GpuLstm.Runtime.Data;

/// <summary>Opens files so that whatever goes wrong becomes one sentence that names the file.</summary>
internal static class DataFile
{
    private const int BufferBytes = 1 << 16;

    /// <summary>Opens the file and hands it to <paramref name="read"/>.</summary>
    /// <exception cref="FileFormatException">Its compressed content is damaged.</exception>
    /// <exception cref="GpuLstmException">It cannot be opened or read.</exception>
    public static T Read<T>(string path, Func<FileStream, T> read)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes,
                FileOptions.SequentialScan);
            return read(stream);
        }
        catch (InvalidDataException e)
        {
            throw new FileFormatException(
                $"{path} is damaged: its compressed data end early or fail their checksum.", e);
        }
        catch (Exception e) when (IsFileError(e))
        {
            throw new GpuLstmException($"{path} cannot be read: {Reason(e)}.", e);
        }
    }

    /// <summary>Errors of the file system, a path that it does not accept included.</summary>
    public static bool IsFileError(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    /// <summary>The cause in a few words, without a full stop.</summary>
    public static string Reason(Exception e) => e switch
    {
        FileNotFoundException => "there is no such file",
        DirectoryNotFoundException => "there is no such folder",
        UnauthorizedAccessException => "access is denied, or it is not a file",
        _ => e.Message.TrimEnd('.'),
    };
}
