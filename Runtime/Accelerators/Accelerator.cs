namespace GpuLstm.Runtime.Accelerators;

/// <summary>A device that can hold buffers and run the operations: the CPU, an OpenCL device, a CUDA GPU, the
/// debugger.</summary>
public abstract class Accelerator : IDisposable
{
    /// <summary>As <c>--device</c> spells it: <c>cpu</c>, <c>opencl:0</c>, <c>cuda:0</c>, <c>debug</c>.</summary>
    public abstract string Id { get; }

    /// <summary>The device's own name, for people.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes that buffers may take in all.</summary>
    public abstract long MemoryBytes { get; }

    /// <summary>Bytes of the largest single buffer.</summary>
    public virtual long LargestBufferBytes => MemoryBytes;

    /// <summary>What decides the bits of a result beside the inputs: threads and vector width on the CPU, the driver on
    /// a GPU.</summary>
    public abstract IReadOnlyDictionary<string, string> Settings { get; }

    public abstract Operations Operations { get; }

    /// <summary>A buffer of zeros on the device.</summary>
    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public abstract DeviceBuffer<T> Allocate<T>(long length) where T : unmanaged;

    /// <summary>Waits until everything asked for so far is done; reports what went wrong meanwhile.</summary>
    /// <exception cref="DeviceException">A kernel failed or the device is lost.</exception>
    public abstract void Synchronize();

    /// <summary>Prepares work for being run many times. An accelerator may call it a few times and then repeat what it
    /// asked for, so the work takes the same arguments every time, allocates only the first time, and never waits for
    /// the device; the buffers it uses outlive the replay.</summary>
    public virtual IReplay Record(Action work) => new DirectReplay(work);

    /// <summary>Makes room on the host for results that are read while the device goes on.</summary>
    /// <param name="capacity">Elements of one reading.</param>
    public virtual ReadBack<T> CreateReadBack<T>(int capacity) where T : unmanaged =>
        new ImmediateReadBack<T>(capacity);

    /// <summary>Measures the device's ceilings, in about a second; null where there is no way to.</summary>
    public virtual DevicePeak? MeasurePeak() => null;

    /// <summary>Runs <paramref name="work"/> to its end and measures every kernel on the device; null where there is no
    /// way to.</summary>
    public virtual IReadOnlyList<KernelTime>? Profile(Action work)
    {
        work();
        Synchronize();
        return null;
    }

    /// <summary>A buffer that holds a copy of <paramref name="values"/>.</summary>
    public DeviceBuffer<T> Upload<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        DeviceBuffer<T> buffer = Allocate<T>(values.Length);
        buffer.View.CopyFrom(values);
        return buffer;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
