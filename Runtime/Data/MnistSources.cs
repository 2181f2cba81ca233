namespace GpuLstm.Runtime.Data;

/// <summary>Where MNIST is looked for, and from where it is fetched when it is in none of these places.</summary>
/// <param name="Folders">Searched in this order; the cache folder comes last, by itself.</param>
/// <param name="Cache">Where downloads are kept; null when this account has no cache folder.</param>
/// <param name="Mirrors">Addresses that end in a slash, tried in this order.</param>
public sealed record MnistSources(IReadOnlyList<string> Folders, string? Cache, IReadOnlyList<Uri> Mirrors)
{
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a mirror may send nothing.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary><c>$GPULSTM_DATA/mnist</c>, <c>./data/mnist</c>, the user's cache folder, two mirrors.</summary>
    public static MnistSources Default()
    {
        List<string> folders = [Path.Combine("data", "mnist")];
        if (Environment.GetEnvironmentVariable("GPULSTM_DATA") is { Length: > 0 } data)
            folders.Insert(0, Path.Combine(data, "mnist"));
        return new MnistSources(
            folders,
            CacheFolder.Path is { } cache ? Path.Combine(cache, "mnist") : null,
            [
                new Uri("https://storage.googleapis.com/cvdf-datasets/mnist/"),
                new Uri("https://ossci-datasets.s3.amazonaws.com/mnist/"),
            ]);
    }
}
