using System.Security.Cryptography;
using System.Text;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Compiled kernels on disk. Nothing about it is fatal: without it each start only compiles again.</summary>
/// <param name="kind">The folder of one kind of driver.</param>
/// <param name="root">Where; null: the user's cache folder, and no cache for an account without one.</param>
public sealed class BinaryCache(string kind, string? root = null)
{
    private readonly string? _folder = (root ?? CacheFolder.Path) is { } path ? Path.Combine(path, kind) : null;

    /// <summary>The file of a binary; null where there is no cache.</summary>
    /// <param name="parts">All that decides the binary: text, options, device, driver.</param>
    public string? FileOf(params string[] parts) => _folder is null ? null
        : Path.Combine(_folder,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))
            + ".bin");

    /// <summary>What was written to the file; empty if there is none, or it is damaged: a driver may crash on such a
    /// one.</summary>
    public static byte[] Read(string? file)
    {
        try
        {
            byte[] all = File.Exists(file) ? File.ReadAllBytes(file) : [];
            int start = Math.Min(SHA256.HashSizeInBytes, all.Length);
            byte[] binary = all[start..];
            return all.AsSpan(0, start).SequenceEqual(SHA256.HashData(binary)) ? binary : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Keeps a binary, if that can be done.</summary>
    public static void Write(string? file, byte[] binary)
    {
        if (file is null)
            return;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            AtomicFile.Write(file, stream =>
            {
                stream.Write(SHA256.HashData(binary));
                stream.Write(binary);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or GpuLstmException)
        {
            // the next start compiles again
        }
    }
}
