namespace GpuLstm.Host;

/// <summary>Commands that are printed to be pasted: under the name by which this program was started, with whatever
/// needs quotes in quotes.</summary>
public static class Invocation
{
    private const string Name = "gpulstm";
    private const string Harmless = "_./:=@%+-,~";

    /// <summary>A command line of this program.</summary>
    public static string Of(params IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(Quote).Prepend(Program()));

    /// <summary>As a shell takes it for one word.</summary>
    public static string Quote(string word)
    {
        if (word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || Harmless.Contains(c)
            || (OperatingSystem.IsWindows() && c == '\\')))
            return word;
        return OperatingSystem.IsWindows()
            ? $"\"{word.Replace("\"", "\\\"")}\"" : $"'{word.Replace("'", "'\\''")}'";
    }

    private static string Program()
    {
        string? process = Environment.ProcessPath;
        string library = Path.Combine(AppContext.BaseDirectory, $"{Name}.dll");
        if (process != null && Path.GetFileNameWithoutExtension(process) == "dotnet" && File.Exists(library))
            return $"dotnet {Quote(Shorter(library))}";
        if (process == null || Path.GetFileNameWithoutExtension(process) != Name)
            return Name; // a host of its own: a test, another program
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Any(folder => Path.Combine(folder, Path.GetFileName(process)) == process)
            ? Name : Quote(Shorter(process));
    }

    /// <summary>From here where that is shorter; never a bare name, which a shell would look for elsewhere.</summary>
    private static string Shorter(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        if (!relative.Contains(Path.DirectorySeparatorChar))
            relative = Path.Combine(".", relative);
        return relative.Length < path.Length ? relative : path;
    }
}
