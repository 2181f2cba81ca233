using System.Diagnostics;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>Compilers and devices that a machine may lack: a test without them is skipped, and fails where
/// CI=true.</summary>
internal static class Toolchain
{
    /// <summary>Declarations that stand in for a CUDA toolkit; beside the sources, so searched upwards.</summary>
    private static string? CudaDeclarations => Upwards(Path.Combine("tools", "cuda_declarations.h"));

    public static void Missing(string what)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail($"{what} is missing, and CI must have it.");
        Assert.Ignore($"{what} is missing.");
    }

    /// <summary>Compiles a CUDA file for an architecture, 70 for sm_70, and returns its PTX. Any warning of use fails
    /// the test; without clang it is skipped.</summary>
    public static string Ptx(string folder, string file, int architecture)
    {
        if (CudaDeclarations is not { } declarations)
        {
            Missing("The folder of the sources");
            return "";
        }
        (int Code, string Output)? run = Run("clang-19", folder,
        [
            "-x", "cuda", $"--cuda-gpu-arch=sm_{architecture}", "-nocudainc", "-nocudalib", "--cuda-device-only",
            "--cuda-feature=+ptx80", // clang assumes the PTX of its oldest toolkit where it finds none
            "-ffp-contract=off", "-O1", "-Wall", "-Werror", "-Wno-unused-function", "-Wno-unused-const-variable",
            "-Wno-unknown-cuda-version", "-Wno-pass-failed", "-include", declarations, "-S", "-o", "-", file,
        ]);
        if (run is null)
            Missing("clang-19");
        Assert.That(run!.Value.Code, Is.Zero, $"{file}: {run.Value.Output}");
        return run.Value.Output;
    }

    /// <summary>Runs a program; null if there is none of that name.</summary>
    public static (int Code, string Output)? Run(string program, string folder, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(),
                errors = process.StandardError.ReadToEndAsync();
            process.WaitForExit();
            return (process.ExitCode, output.Result + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string? Upwards(string path)
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, path)))
                return Path.Combine(folder, path);
        return null;
    }
}
