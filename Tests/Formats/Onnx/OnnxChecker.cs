using System.Diagnostics;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Formats.Onnx;

/// <summary>Runs tools/onnx_check.py: the checker and shape inference of ONNX itself, and NumPy's arithmetic.</summary>
internal static class OnnxChecker
{
    private const string Python = "/usr/bin/python3"; // the one that has Debian's packages

    private static readonly Lazy<string?> Missing = new(WhatIsMissing);

    /// <summary>Skips the test where python3-onnx is missing; on a build server that is a failure.</summary>
    public static void Require()
    {
        if (Missing.Value is not { } missing)
            return;
        if (Environment.GetEnvironmentVariable("CI") is null)
            Assert.Ignore(missing);
        else
            Assert.Fail(missing);
    }

    /// <summary>Checks a model and what it answers.</summary>
    /// <param name="model">The file.</param>
    /// <param name="tensors">Inputs, and outputs to compare with, under their names.</param>
    /// <returns>The exit code and all output.</returns>
    public static (int Code, string Output) Check(string model, params Tensor[] tensors)
    {
        string input = Path.ChangeExtension(model, ".npz");
        NpzFile.Write(input, tensors);
        return Run(Path.Combine(Repository(), "tools", "onnx_check.py"), model, input);
    }

    private static string? WhatIsMissing()
    {
        if (!File.Exists(Python))
            return $"{Python} is not installed.";
        return Run("-c", "import numpy, onnx").Code == 0
            ? null
            : "The packages python3-onnx and python3-numpy are not installed.";
    }

    private static string Repository()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "GpuLstm.sln")))
            folder = folder.Parent
                ?? throw new DirectoryNotFoundException("The tests do not run within the repository.");
        return folder.FullName;
    }

    private static (int Code, string Output) Run(params string[] arguments)
    {
        ProcessStartInfo start = new(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
