using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Turns what goes wrong in a kernel on ILGPU's CPU accelerator into an exception where it was launched. There
/// an index out of range is a failed <see cref="Trace.Assert(bool)"/> on a thread of ILGPU's, which would end the
/// process.</summary>
internal static class KernelFaults
{
    private static readonly Lock s_lock = new();
    private static bool s_caught;
    private static volatile DebugEngine? s_launching;

    /// <summary>From now on faults are caught, in the whole process.</summary>
    public static void Catch()
    {
        lock (s_lock)
        {
            if (s_caught)
                return;
            s_caught = true;
            Trace.Listeners.Insert(0, new Listener()); // before the one that ends the process
            try
            {
                ExceptionHandling.SetUnhandledExceptionHandler(Take);
            }
            catch (InvalidOperationException)
            {
                // The program that we are part of has a handler of its own: a fault ends it, with its message.
            }
        }
    }

    /// <summary>A launch waits for its kernel: what fails until the next one is this engine's.</summary>
    public static void Launching(DebugEngine engine) => s_launching = engine;

    /// <summary>The thread of an item ends without the process; ILGPU counts it out of its group.</summary>
    private static bool Take(Exception exception)
    {
        if (!IsItem || s_launching is not { } engine)
            return false;
        engine.Fault ??= exception.Message;
        return true;
    }

    /// <summary>Whether the current thread runs items: ILGPU names such ILGPU_n_CPU_n_n.</summary>
    private static bool IsItem => Thread.CurrentThread.Name?.Split('_') is ["ILGPU", _, "CPU", ..];

    private sealed class Listener : TraceListener
    {
        public override void Write(string? message) { }

        public override void WriteLine(string? message) { }

        public override void Fail(string? message, string? detailMessage)
        {
            if (IsItem)
                throw new KernelFaultException(message ?? "an assertion failed");
        }
    }
}
