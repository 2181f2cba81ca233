using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Events around every launch, which tell how long it took.</summary>
internal sealed unsafe class CudaProfile(CudaContext context) : IDisposable
{
    private readonly List<(string Kernel, nint Start, nint End)> _launches = [];

    /// <summary>Before a launch.</summary>
    public void Begin(string kernel)
    {
        nint start = Create(), end = Create();
        _launches.Add((kernel, start, end));
        context.Check(cuEventRecord(start, context.Stream), nameof(cuEventRecord));
    }

    /// <summary>After it.</summary>
    public void End() => context.Check(cuEventRecord(_launches[^1].End, context.Stream), nameof(cuEventRecord));

    /// <summary>Waits for every launch, and sums them up.</summary>
    public IReadOnlyList<KernelTime> Read()
    {
        context.Synchronize();
        return KernelTime.Sum(_launches.Select(launch =>
            (launch.Kernel, 1e-3 * Milliseconds(launch.Start, launch.End))));
    }

    private nint Create()
    {
        nint created;
        context.Check(cuEventCreate(&created, EventDefault), nameof(cuEventCreate));
        return created;
    }

    private double Milliseconds(nint start, nint end)
    {
        float milliseconds;
        context.Check(cuEventElapsedTime(&milliseconds, start, end), nameof(cuEventElapsedTime));
        return milliseconds;
    }

    public void Dispose()
    {
        if (!context.TryEnter())
            return;
        foreach ((_, nint start, nint end) in _launches)
        {
            _ = cuEventDestroy_v2(start);
            _ = cuEventDestroy_v2(end);
        }
    }
}
