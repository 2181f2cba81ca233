namespace GpuLstm.Tests.Formats;

/// <summary>A folder of its own for one test, deleted with all it holds.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gpulstm-formats-");

    public string this[string file] => Path.Combine(_folder.FullName, file);

    public string[] Files => [.. _folder.GetFiles().Select(f => f.Name).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Delete(recursive: true);
}

/// <summary>Files that tools/make_format_samples.py made.</summary>
internal static class Sample
{
    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "TestData", "formats", file);

    public static byte[] Bytes(string file) => File.ReadAllBytes(PathOf(file));
}
