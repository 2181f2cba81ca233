namespace GpuLstm.Runtime.Data;

/// <summary>Finds MNIST on this machine, else fetches it.</summary>
internal static class MnistFinder
{
    /// <summary>Reads MNIST from the one folder that the user names.</summary>
    /// <exception cref="GpuLstmException">The folder cannot serve, or a file is damaged.</exception>
    public static Dataset Load(string folder, IDataProgress progress) => Mnist.WhyNot(folder) is { } whyNot
        ? throw new GpuLstmException($"{folder} cannot be used as MNIST: {whyNot}.")
        : IdxSet.Read(folder, "mnist", progress);

    /// <summary>Reads MNIST from the first place that has it, after a download if need be; null when all
    /// fail.</summary>
    /// <param name="sources">Where to look.</param>
    /// <param name="progress">Told of the download.</param>
    /// <param name="tried">Each place and mirror that failed, with its reason.</param>
    /// <param name="cancel">Stops a download.</param>
    /// <exception cref="FileFormatException">A place has the files, and one is damaged: no other is tried, lest
    /// results be of another set than the user thinks.</exception>
    public static Dataset? TryLoad(
        MnistSources sources, IDataProgress progress, List<string> tried, CancellationToken cancel)
    {
        string[] folders = sources.Cache is { } cache ? [.. sources.Folders, cache] : [.. sources.Folders];
        foreach (string folder in folders)
        {
            if (Mnist.WhyNot(folder) is not { } whyNot)
                return IdxSet.Read(folder, "mnist", progress);
            tried.Add($"{folder} ({whyNot})");
        }
        if (sources.Cache is null)
        {
            tried.Add("download (this account has no cache folder to keep it in)");
            return null;
        }
        using MnistDownload download = new(sources, progress);
        if (!download.FetchMissing(sources.Cache, tried, cancel))
            return null;
        Dataset mnist = IdxSet.Read(sources.Cache, "mnist", progress);
        return mnist with { Origin = $"{mnist.Origin}, just downloaded" };
    }
}
