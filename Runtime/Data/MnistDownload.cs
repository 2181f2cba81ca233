using System.IO.Compression;
using System.Security.Cryptography;

namespace GpuLstm.Runtime.Data;

/// <summary>Fetches MNIST's files from the first mirror that delivers the right content. A file appears under its name
/// only when it is whole, checked and on the disk; nothing else is left behind.</summary>
internal sealed class MnistDownload(MnistSources sources, IDataProgress progress) : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly HttpClient _client = new(new SocketsHttpHandler { ConnectTimeout = sources.ConnectTimeout })
    {
        Timeout = Timeout.InfiniteTimeSpan, // a slow line may take its time; what may not last is silence
    };

    private int _mirror; // the last that worked: one that is down costs its time-out once, not per file

    /// <summary>Fetches the files that the folder lacks. False, with reasons added, when one cannot be had.</summary>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    public bool FetchMissing(string folder, List<string> reasons, CancellationToken cancel)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (DataFile.IsFileError(e))
        {
            reasons.Add($"download (the folder {folder} cannot be made: {DataFile.Reason(e)})");
            return false;
        }
        return Mnist.Files.Where(file => Mnist.FindFile(folder, file) is null)
            .All(file => FetchAsync(file, folder, reasons, cancel).GetAwaiter().GetResult());
    }

    public void Dispose() => _client.Dispose();

    private async Task<bool> FetchAsync(MnistFile file, string folder, List<string> reasons, CancellationToken cancel)
    {
        for (int attempt = 0; attempt < sources.Mirrors.Count; attempt++)
        {
            Uri address = new(sources.Mirrors[_mirror], file.Name + ".gz");
            string? failure = await TryFetchAsync(file, address, folder, cancel).ConfigureAwait(false);
            if (failure is null)
                return true;
            reasons.Add($"{address} ({failure})");
            _mirror = (_mirror + 1) % sources.Mirrors.Count;
        }
        return false;
    }

    /// <summary>Null on success, else the reason in a few words.</summary>
    private async Task<string?> TryFetchAsync(MnistFile file, Uri address, string folder, CancellationToken cancel)
    {
        // In the same folder, so that the last step is a rename within one file system.
        string temporary = Path.Combine(folder, $"{file.Name}.{Guid.NewGuid():N}.part");
        try
        {
            using (FileStream output = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            {
                string? failure = await DownloadAsync(file, address, output, cancel).ConfigureAwait(false)
                    ?? Check(file, output);
                if (failure is not null)
                    return failure;
                output.Flush(flushToDisk: true);
            }
            File.Move(temporary, Path.Combine(folder, file.Name + ".gz"), overwrite: true);
            return null;
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            return e.InnerException is TimeoutException
                ? $"no connection within {sources.ConnectTimeout.TotalSeconds:0.#} s"
                : $"nothing received for {sources.StallTimeout.TotalSeconds:0.#} s";
        }
        catch (Exception e) when (e is HttpRequestException || DataFile.IsFileError(e))
        {
            return DataFile.Reason(e);
        }
        finally
        {
            File.Delete(temporary); // does nothing after the rename
        }
    }

    private async Task<string?> DownloadAsync(MnistFile file, Uri address, FileStream output, CancellationToken cancel)
    {
        using CancellationTokenSource stall = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stall.CancelAfter(sources.StallTimeout);
        using HttpResponseMessage response = await _client
            .GetAsync(address, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            return $"the server answered {(int)response.StatusCode} {response.ReasonPhrase}";

        long? total = response.Content.Headers.ContentLength;
        using Stream input = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
        byte[] buffer = new byte[BufferBytes];
        for (long done = 0; ;)
        {
            stall.CancelAfter(sources.StallTimeout);
            int count = await input.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
            if (count == 0)
                return null;
            done += count;
            if (done > file.Bytes + BufferBytes) // even stored, not compressed, it would be shorter
                return "the server sent more than the file can be";
            await output.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
            progress.Download(file.Name, done, total);
        }
    }

    /// <summary>Compares size and SHA-256 of the decompressed content; reads no further than the right size.</summary>
    private static string? Check(MnistFile file, FileStream download)
    {
        download.Position = 0;
        using GZipStream content = new(download, CompressionMode.Decompress, leaveOpen: true);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        long bytes = 0;
        try
        {
            for (int count; bytes <= file.Bytes && (count = content.Read(buffer)) > 0; bytes += count)
                hash.AppendData(buffer, 0, count);
        }
        catch (InvalidDataException)
        {
            return "what the server sent is no whole gzip file";
        }
        if (bytes != file.Bytes)
            return $"what the server sent unpacks to {(bytes < file.Bytes ? "less" : "more")} than {file.Bytes} bytes";
        return Convert.ToHexStringLower(hash.GetHashAndReset()) == file.Sha256
            ? null
            : "what the server sent has another SHA-256 than MNIST";
    }
}
