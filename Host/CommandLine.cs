using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using GpuLstm.Runtime;

namespace GpuLstm.Host;

/// <summary>Runs a command and turns every way it can end into an exit code.</summary>
public static class CommandLine
{
    /// <summary>The exit codes that <c>--help</c> documents.</summary>
    public const int Done = 0, Failed = 1, Wrong = 2, Interrupted = 130;

    public static int Invoke(RootCommand root, string[] args)
    {
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Fail(Wrong, string.Join(' ', parsed.Errors.Select(e => e.Message)) + " Try --help.");
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested; // the second time, the system's own way
            stop.Cancel();
        }
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return parsed.InvokeAsync(configuration, stop.Token).GetAwaiter().GetResult();
        }
        catch (UsageException e)
        {
            return Fail(Wrong, e.Message);
        }
        catch (GpuLstmException e)
        {
            return Fail(Failed, e.Message);
        }
        catch (OperationCanceledException)
        {
            return Fail(Interrupted, "Stopped.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(Failed, e.Message);
        }
    }

    private static int Fail(int code, string message)
    {
        Console.Error.WriteLine($"gpulstm: {message}");
        return code;
    }
}
