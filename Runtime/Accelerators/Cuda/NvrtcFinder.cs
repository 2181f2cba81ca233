using System.Diagnostics;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Where NVIDIA's run-time compiler may lie. The driver does not bring it: a CUDA toolkit does, and so do the
/// packages that PyTorch and others install for Python.</summary>
/// <param name="Windows">Whether names and folders are those of Windows.</param>
/// <param name="DriverMajor">CUDA's major version that the driver supports; it may refuse what later compilers
/// make.</param>
/// <param name="Toolkits">Roots of CUDA toolkits and environments, best first.</param>
/// <param name="PythonPaths">Lists Python's <c>sys.path</c>; asked only when nothing else has led to a library.</param>
public sealed record NvrtcFinder(
    bool Windows, int DriverMajor, IReadOnlyList<string> Toolkits, Func<IEnumerable<string>> PythonPaths)
{
    private const int OldestMajor = 11, NewestMajor = 13, PythonMilliseconds = 5000;

    /// <summary>The finder for the environment of this process.</summary>
    public static NvrtcFinder ForThisSystem()
    {
        string?[] variables = ["CUDA_PATH", "CUDA_HOME", "CONDA_PREFIX"];
        IEnumerable<string> roots = variables.Select(name => Environment.GetEnvironmentVariable(name!))
            .Where(path => !string.IsNullOrEmpty(path)).Cast<string>();
        if (OperatingSystem.IsLinux())
            roots = roots.Append("/usr/local/cuda").Concat(Folders("/usr/local", "cuda-*"));
        return new(OperatingSystem.IsWindows(), CudaDevice.DriverVersion / 1000, [.. roots], AskPython);
    }

    /// <summary>Names and paths to try, best first: of the driver's own version before older ones, and later ones last;
    /// of each version what a variable points to before the system's and Python's.</summary>
    public IEnumerable<string> Candidates()
    {
        int[] majors = [.. Enumerable.Range(OldestMajor, NewestMajor - OldestMajor + 1)
            .OrderBy(major => major > DriverMajor ? 1000 + major : DriverMajor - major)];
        string[] plain = [.. majors.Select(FileName)];
        string[] folders = [.. Toolkits.SelectMany(ToolkitFolders)];
        foreach (string name in plain)
        {
            foreach (string path in folders.Select(folder => Path.Combine(folder, name)).Where(File.Exists))
                yield return path;
            yield return name; // wherever the system's own search finds it
        }
        string[] packages = [.. PythonPaths().SelectMany(PackageFolders)];
        foreach (string name in plain)
            foreach (string path in packages.Select(folder => Path.Combine(folder, name)).Where(File.Exists))
                yield return path;
    }

    /// <summary>What must be loaded before a library: the compiler opens its built-ins by name alone, and finds them
    /// beside itself only if they are there already.</summary>
    public static IEnumerable<string> Companions(string library) =>
        Path.GetDirectoryName(library) is { Length: > 0 } folder
        && Path.GetFileName(library).Contains("nvrtc", StringComparison.Ordinal)
            ? Files(folder, "*nvrtc-builtins*") : [];

    /// <summary>The libraries keep one name through a major version, except 11's, whose last is 11.2.</summary>
    private string FileName(int major) => Windows
        ? $"nvrtc64_{(major == 11 ? "112" : $"{major}0")}_0.dll"
        : $"libnvrtc.so.{(major == 11 ? "11.2" : $"{major}")}";

    private IEnumerable<string> ToolkitFolders(string root) => Windows
        ? [Path.Combine(root, "bin"), Path.Combine(root, "bin", "x64")]
        : ((string[])["lib64", "lib", "targets/x86_64-linux/lib"]).Select(folder => Path.Combine(root, folder));

    /// <summary>NVIDIA's packages: <c>nvidia/cuda_nvrtc</c> up to version 12, <c>nvidia/cu13</c> after it.</summary>
    private IEnumerable<string> PackageFolders(string sitePackages) =>
        Folders(Path.Combine(sitePackages, "nvidia"), "*").SelectMany(folder => Windows
            ? (string[])[Path.Combine(folder, "bin"), Path.Combine(folder, "bin", "x86_64")]
            : [Path.Combine(folder, "lib")]);

    private static string[] Folders(string parent, string pattern) =>
        Listed(() => Directory.GetDirectories(parent, pattern));

    private static string[] Files(string folder, string pattern) => Listed(() => Directory.GetFiles(folder, pattern));

    /// <summary>In descending order, so that later versions come first.</summary>
    private static string[] Listed(Func<string[]> list)
    {
        try
        {
            return [.. list().OrderDescending(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string[] AskPython()
    {
        foreach (string python in OperatingSystem.IsWindows() ? (string[])["python"] : ["python3", "python"])
            if (Ask(python) is { } paths)
                return paths;
        return [];
    }

    private static string[]? Ask(string python)
    {
        ProcessStartInfo start = new(python, ["-c", "import sys; print('\\n'.join(sys.path))"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> paths = process.StandardOutput.ReadToEndAsync();
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            if (process.WaitForExit(PythonMilliseconds))
                return process.ExitCode == 0
                    ? paths.Result.Split(
                        '\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    : null;
            process.Kill();
            return null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return null; // there is no such program
        }
    }
}
