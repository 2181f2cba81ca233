using static GpuLstm.Runtime.Accelerators.OpenCl.OpenClApi;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>A queue that notes when each launch began and ended, and what it noted.</summary>
internal sealed unsafe class OpenClProfile : IDisposable
{
    private readonly OpenClContext _context;
    private readonly List<(string Kernel, nint Event)> _launches = [];

    /// <exception cref="DeviceException">The device cannot profile.</exception>
    public OpenClProfile(OpenClContext context)
    {
        _context = context;
        int error;
        Queue = clCreateCommandQueue(context.Handle, context.Device.Handle, QueueProfiling, &error);
        context.Check(error, nameof(clCreateCommandQueue));
    }

    public nint Queue { get; }

    /// <summary>Takes over the event of a launch.</summary>
    public void Add(string kernel, nint launch) => _launches.Add((kernel, launch));

    /// <summary>Waits for every launch, and sums them up.</summary>
    public IReadOnlyList<KernelTime> Read()
    {
        _context.Check(clFinish(Queue), nameof(clFinish));
        return KernelTime.Sum(_launches.Select(launch =>
            (launch.Kernel, 1e-9 * (Time(launch.Event, CommandEnd) - Time(launch.Event, CommandStart)))));
    }

    private ulong Time(nint launch, uint what)
    {
        ulong nanoseconds;
        _context.Check(
            clGetEventProfilingInfo(launch, what, sizeof(ulong), &nanoseconds, null), nameof(clGetEventProfilingInfo));
        return nanoseconds;
    }

    public void Dispose()
    {
        foreach ((_, nint launch) in _launches)
            _ = clReleaseEvent(launch);
        _ = clReleaseCommandQueue(Queue);
    }
}
