using System.Diagnostics;

namespace GpuLstm.Tests;

/// <summary>A script in tools/ that judges what this program wrote by the means of another.</summary>
/// <param name="Script">Its file.</param>
/// <param name="Modules">What it imports that Python alone has not.</param>
/// <param name="Packages">Where to have them from, for people.</param>
/// <param name="IsRequired">Whether its absence is a failure on a build server, else a skip.</param>
internal sealed record PythonTool(string Script, string Modules, string Packages, bool IsRequired)
{
    private const string Python = "/usr/bin/python3"; // the one that has Debian's packages

    private readonly Lazy<string?> _missing = new(() =>
        !File.Exists(Python) ? $"{Python} is not installed."
        : Start("-c", $"import {Modules}").Code != 0 ? $"{Packages} not installed."
        : null);

    /// <summary>PyTorch's load_state_dict and what its modules answer.</summary>
    public static PythonTool TorchCheck { get; } =
        new("torch_check.py", "numpy, torch", "The package python3-torch is", IsRequired: true);

    /// <summary>h5py, and Keras's equations by NumPy.</summary>
    public static PythonTool KerasCheck { get; } =
        new("keras_check.py", "numpy, h5py", "The packages python3-h5py and python3-numpy are", IsRequired: true);

    /// <summary>Skips or fails the test where something is missing.</summary>
    public void Require()
    {
        if (_missing.Value is not { } missing)
            return;
        if (IsRequired && Environment.GetEnvironmentVariable("CI") is not null)
            Assert.Fail(missing);
        else
            Assert.Ignore(missing);
    }

    /// <summary>Runs it; returns its exit code and all that it said.</summary>
    public (int Code, string Output) Run(params string[] arguments) =>
        Start([Path.Combine(Repository(), "tools", Script), .. arguments]);

    private static string Repository()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "GpuLstm.sln")))
            folder = folder.Parent
                ?? throw new DirectoryNotFoundException("The tests do not run within the repository.");
        return folder.FullName;
    }

    private static (int Code, string Output) Start(params string[] arguments)
    {
        ProcessStartInfo start = new(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
