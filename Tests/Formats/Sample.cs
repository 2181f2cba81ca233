namespace GpuLstm.Tests.Formats;

/// <summary>Files that tools/make_format_samples.py made.</summary>
internal static class Sample
{
    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "TestData", "formats", file);

    public static byte[] Bytes(string file) => File.ReadAllBytes(PathOf(file));
}
