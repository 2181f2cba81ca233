using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Debug;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Runtime.Accelerators.OpenCl;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>An accelerator as the fixtures ask for it.</summary>
/// <param name="Id">As the command line takes it.</param>
/// <param name="Threads">Of the processor; 0: all.</param>
/// <param name="VectorBits">Of the processor; 0: the widest.</param>
/// <param name="Required">Whether its absence is a failure, not a skip.</param>
/// <param name="Slow">Whether it is made for small shapes only.</param>
/// <param name="StandsFor">A device whose kernels and tiles it takes; null: its own.</param>
public sealed record TestAccelerator(
    string Id, int Threads = 0, int VectorBits = 0, bool Required = false, bool Slow = false,
    GpuLimits? StandsFor = null)
{
    private static readonly GpuLimits
        Gpu = new(IsGpu: true, ComputeUnits: 16, MaxGroupSize: 256, SharedBytes: 48 * 1024),
        Processor = new(IsGpu: false, ComputeUnits: 2, MaxGroupSize: 4096, SharedBytes: 1 << 20);

    private static readonly Dictionary<TestAccelerator, Accelerator> Opened = [];

    /// <summary>CI installs PoCL, so there its absence is a failure.</summary>
    private bool MustBeHere => Required || (Id == "opencl" && Environment.GetEnvironmentVariable("CI") is not null);

    /// <summary>The processor in several forms, and every other kind that the factory knows, present or not.</summary>
    public static IEnumerable<TestAccelerator> All =>
    [
        new("cpu", Required: true),
        new("cpu", Threads: 1, VectorBits: 128, Required: true),
        new("cpu", Threads: 3, VectorBits: 256, Required: true),
        new("cpu", Threads: 2, VectorBits: 512, Required: true),
        .. new TestAccelerator[] { new("debug", Required: true, Slow: true), new("opencl"), new("cuda"),
            new("debug", Required: true, Slow: true, StandsFor: Processor), new("opencl", StandsFor: Gpu) }
            .Where(a => AcceleratorFactory.Names.Contains(a.Id, StringComparison.Ordinal)),
    ];

    /// <summary>Each device as users have it: for tests of whole training runs, which prove the kernels of no
    /// other.</summary>
    public static IEnumerable<TestAccelerator> AsUsed => All.Where(a => a.StandsFor is null);

    /// <summary>The accelerator, opened once for all fixtures; where it is absent the test is skipped, or fails when it
    /// is required.</summary>
    public Accelerator Open()
    {
        if (!Opened.TryGetValue(this, out Accelerator? accelerator))
            Opened[this] = accelerator = OpenAnew();
        return accelerator;
    }

    /// <summary>As <see cref="Open"/>, for a test that disposes it.</summary>
    public Accelerator OpenAnew()
    {
        try
        {
            return (Id, StandsFor) switch
            {
                ("debug", { } limits) => new DebugAccelerator(limits),
                ("opencl", { } limits) => new OpenClAccelerator(limits: limits),
                _ => AcceleratorFactory.Open(Id, Threads, VectorBits),
            };
        }
        catch (DeviceException e) when (!MustBeHere)
        {
            Assert.Ignore($"No accelerator '{Id}' here: {e.Message}");
            throw;
        }
    }

    public static void CloseAll()
    {
        foreach (Accelerator accelerator in Opened.Values)
            accelerator.Dispose();
        Opened.Clear();
    }

    public override string ToString() =>
        Id + (Threads == 0 ? "" : $" {Threads} threads") + (VectorBits == 0 ? "" : $" {VectorBits} bits")
            + (StandsFor is { } limits ? limits.IsGpu ? " as a GPU" : " as a processor" : "");
}

/// <summary>Closes the accelerators after the last fixture of this namespace.</summary>
[SetUpFixture]
public class CloseAccelerators
{
    [OneTimeTearDown]
    public void Close() => TestAccelerator.CloseAll();
}
