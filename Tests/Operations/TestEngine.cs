using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>An engine as the fixtures ask for it.</summary>
/// <param name="Id">As the command line takes it.</param>
/// <param name="Threads">Of the processor; 0: all.</param>
/// <param name="VectorBits">Of the processor; 0: the widest.</param>
/// <param name="Slow">Whether it is made for small shapes only.</param>
/// <param name="StandsFor">A device whose tiles and recurrence it takes; null: its own.</param>
public sealed record TestEngine(
    string Id, int Threads = 0, int VectorBits = 0, bool Slow = false, GpuLimits? StandsFor = null)
{
    private static readonly GpuLimits s_gpu = new(IsGpu: true, ComputeUnits: 16, MaxGroupSize: 256,
        SharedBytes: 48 * 1024);

    private static readonly Dictionary<TestEngine, Engine> s_opened = [];

    /// <summary>The processor in several forms, and every other kind that can be opened, present or not. PoCL has few
    /// compute units: as a GPU it shares the summands of products out.</summary>
    public static IEnumerable<TestEngine> All =>
    [
        new("cpu"), new("cpu", Threads: 1, VectorBits: 128), new("cpu", Threads: 3, VectorBits: 256),
        new("cpu", Threads: 2, VectorBits: 512), new("debug", Slow: true), new("opencl"),
        new("opencl", StandsFor: s_gpu), new("cuda"),
    ];

    /// <summary>Each device as users have it: for tests of whole training runs.</summary>
    public static IEnumerable<TestEngine> AsUsed => All.Where(a => a.StandsFor is null);

    /// <summary>The engine, opened once for all fixtures; where it is absent the test is skipped, or fails when it is
    /// required.</summary>
    public Engine Open()
    {
        if (!s_opened.TryGetValue(this, out Engine? engine))
            s_opened[this] = engine = OpenAnew();
        return engine;
    }

    /// <summary>As <see cref="Open"/>, for a test that disposes it.</summary>
    public Engine OpenAnew()
    {
        try
        {
            return StandsFor is { } limits ? OpenClEngine.Open(limits: limits)
                : EngineFactory.Open(Id, Threads, VectorBits);
        }
        catch (DeviceException e) when (Id is "opencl" or "cuda")
        {
            Missing.Device(Id, e.Message);
            throw;
        }
    }

    public static void CloseAll()
    {
        foreach (Engine engine in s_opened.Values)
            engine.Dispose();
        s_opened.Clear();
    }

    public override string ToString() =>
        Id + (Threads == 0 ? "" : $" {Threads} threads") + (VectorBits == 0 ? "" : $" {VectorBits} bits")
            + (StandsFor == null ? "" : " as a GPU");
}

/// <summary>Closes the engines after the last fixture of this namespace.</summary>
[SetUpFixture]
public class CloseEngines
{
    [OneTimeTearDown]
    public void Close() => TestEngine.CloseAll();
}
