using System.Diagnostics;
using GpuLstm.Host;

namespace GpuLstm.Tests.Survival;

/// <summary>The built program's <c>train</c> as a process of its own.</summary>
internal static class TrainingProcess
{
    private const int PatienceMilliseconds = 120_000;

    /// <summary>Runs to the end, expects no errors and returns the exit code.</summary>
    public static int Finish(string[] arguments)
    {
        using Process process = Start(arguments);
        (int code, string errors) = End(process);
        Assert.That(errors, Is.Empty);
        return code;
    }

    public static Process Start(string[] arguments, params string[] before)
    {
        string? self = Environment.ProcessPath;
        string dotnet = Path.GetFileNameWithoutExtension(self) == "dotnet" ? self! : "dotnet";
        string[] command = [.. before, dotnet, typeof(CommandLine).Assembly.Location, "train", .. arguments];
        return Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
    }

    /// <summary>Reads what a process still says, so that it can end, and returns its exit code and errors.</summary>
    public static (int Code, string Errors) End(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(PatienceMilliseconds))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("The program hangs.");
        }
        Assert.That(Task.WhenAll(output, errors).Wait(PatienceMilliseconds), "its output does not end");
        return (process.ExitCode, errors.Result);
    }
}
