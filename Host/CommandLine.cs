using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using GpuLstm.Host.Commands;
using GpuLstm.Runtime;

namespace GpuLstm.Host;

/// <summary>Runs a command and turns every way it can end into an exit code.</summary>
public static class CommandLine
{
    /// <summary>The exit codes that <c>--help</c> documents.</summary>
    public const int Done = 0, Failed = 1, Wrong = 2, Interrupted = 130;

    /// <summary>Runs the command that the arguments name and returns its exit code.</summary>
    public static int Invoke(string[] args)
    {
        ParseResult parsed = CreateRoot().Parse(args);
        if (parsed.Action is ParseErrorAction)
            return Fail(Wrong, $"{ParseErrors.Describe(parsed)} Try --help.");
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
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            };
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

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand("""
            Trains LSTM networks with this project's own kernels, on whatever device is present.
            Exit codes: 0 done, 1 the work failed, 2 the command line is wrong, 130 stopped by Ctrl-C.
            """);
        foreach (Command command in new[]
        {
            TrainCommand.Create(), EvaluateCommand.Create(), PredictCommand.Create(), ForecastCommand.Create(),
                ExportCommand.Create(),
            ReportCommand.Create(), SummaryCommand.Create(), RecipesCommand.Create(), DevicesCommand.Create(),
            BenchCommand.Create(), KernelsCommand.Create(), CompareCommand.Create(),
        })
            root.Subcommands.Add(command);
        HelpWithExamples.WithExamples(root, """
            gpulstm train                                    the default recipe on MNIST
            gpulstm train --recipe lstm64 --lr 0.005         another recipe, one setting changed
            gpulstm evaluate runs/RUN/model.safetensors      accuracy of a trained model
            gpulstm predict runs/RUN/model.safetensors digit.png
            gpulstm forecast runs/RUN --steps 36              what follows a series
            gpulstm export runs/RUN --format onnx --out lstm.onnx
            """);
        HelpWithExamples.Install(root);
        return root;
    }

    private static int Fail(int code, string message)
    {
        Console.Error.WriteLine($"gpulstm: {message}");
        return code;
    }
}
