namespace GpuLstm.Runtime.Data;

/// <summary>The folder in which this user's programs keep what they can fetch or make again.</summary>
public static class CacheFolder
{
    /// <summary>gpulstm's folder in it (which may not exist yet), or null for an account without a home:
    /// <c>%LOCALAPPDATA%</c> on Windows, <c>~/Library/Caches</c> on macOS, else <c>$XDG_CACHE_HOME</c> or
    /// <c>~/.cache</c>.</summary>
    public static string? Path { get; } = Find();

    private static string? Find()
    {
        string parent;
        if (OperatingSystem.IsWindows())
            parent = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        else if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } xdg && System.IO.Path.IsPathRooted(xdg))
            parent = xdg;
        else
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (home.Length == 0)
                return null;
            parent = OperatingSystem.IsMacOS()
                ? System.IO.Path.Combine(home, "Library", "Caches")
                : System.IO.Path.Combine(home, ".cache");
        }
        return parent.Length == 0 ? null : System.IO.Path.Combine(parent, "gpulstm");
    }
}
