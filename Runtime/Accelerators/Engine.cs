using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>What runs the operations, on one of ILGPU's accelerators: the processor's own kernels on the memory of its
/// CPU accelerator, or the kernels of <c>Kernels/Gpu</c> on any.</summary>
public abstract class Engine : IDisposable
{
    /// <summary>As <c>--device</c> spells it: <c>cpu</c>, <c>opencl:0</c>, <c>debug</c>.</summary>
    public abstract string Id { get; }

    /// <summary>The device's own name, for people.</summary>
    public abstract string Name { get; }

    /// <summary>ILGPU's accelerator, whose memory the buffers are.</summary>
    public abstract Accelerator Accelerator { get; }

    /// <summary>Where work is queued, in order.</summary>
    public abstract AcceleratorStream Stream { get; }

    /// <summary>Bytes that buffers may take in all.</summary>
    public abstract long MemoryBytes { get; }

    /// <summary>Bytes of the largest single buffer.</summary>
    public virtual long LargestBufferBytes => MemoryBytes;

    /// <summary>What decides the bits of a result beside the inputs: threads and vector width on the CPU, the driver on
    /// a GPU.</summary>
    public abstract IReadOnlyDictionary<string, string> Settings { get; }

    public abstract Operations Operations { get; }

    /// <summary>A buffer of zeros.</summary>
    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public abstract MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length) where T : unmanaged;

    /// <summary>A buffer whose elements nobody reads before they are written.</summary>
    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public virtual MemoryBuffer1D<T, Stride1D.Dense> AllocateWorkspace<T>(long length) where T : unmanaged =>
        Allocate<T>(length);

    /// <summary>Waits until everything asked for so far is done; reports what went wrong meanwhile.</summary>
    /// <exception cref="DeviceException">A kernel failed or the device is lost.</exception>
    public abstract void Synchronize();

    /// <summary>Prepares work for being run many times. An engine may call it a few times and then repeat what it asked
    /// for, so the work takes the same arguments every time, allocates only the first time, and never waits for the
    /// device; the buffers it uses outlive the replay.</summary>
    public virtual IReplay Record(Action work) => new DirectReplay(work);

    /// <summary>Makes room on the host for results of training steps.</summary>
    /// <param name="capacity">Elements of one reading.</param>
    public abstract ReadBack<T> CreateReadBack<T>(int capacity) where T : unmanaged;

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
    public MemoryBuffer1D<T, Stride1D.Dense> Upload<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = Allocate<T>(values.Length);
        Write(buffer.View, values);
        return buffer;
    }

    /// <summary>Copies from the host; returns when <paramref name="values"/> may be reused.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view holds fewer.</exception>
    public unsafe void Write<T>(ArrayView<T> target, ReadOnlySpan<T> values) where T : unmanaged
    {
        if (values.Length == 0)
            return;
        BeforeTransfer();
        try
        {
            fixed (T* first = values) // ILGPU copies from a reference without pinning it
                target.Slice(0, values.Length).CopyFromCPU(Stream, ref *first, values.Length);
        }
        catch (AcceleratorException e)
        {
            throw Failure(e, "A copy to it");
        }
    }

    /// <summary>Looks whether memory may be taken or copied now.</summary>
    internal virtual void BeforeTransfer() { }

    /// <summary>What an exception of ILGPU's means for people.</summary>
    /// <param name="what">Failed: a call, a kernel.</param>
    internal virtual DeviceException Failure(AcceleratorException exception, string what) =>
        new($"{what} failed on {Name}: {exception.Message}.", exception);

    /// <summary>Waits for the work that writes the view, then copies its first elements to the host.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view holds fewer.</exception>
    public unsafe void Read<T>(ArrayView<T> source, Span<T> values) where T : unmanaged
    {
        if (values.Length == 0)
            return;
        fixed (T* first = values)
        {
            CopyToHost(source.Slice(0, values.Length), first);
            Synchronize();
        }
    }

    /// <summary>Queues a copy of a view to host memory that stays where it is; <see cref="Synchronize"/> waits for it.
    /// Allocates nothing.</summary>
    internal abstract unsafe void CopyToHost<T>(ArrayView<T> source, T* target) where T : unmanaged;

    /// <summary>Waits for the work that writes the view, and returns a copy on the host.</summary>
    public T[] Read<T>(ArrayView<T> source) where T : unmanaged
    {
        var values = new T[source.Length];
        Read(source, values);
        return values;
    }

    /// <summary>As <see cref="Read{T}(ArrayView{T})"/>, of a whole buffer.</summary>
    public T[] Read<T>(MemoryBuffer1D<T, Stride1D.Dense> source) where T : unmanaged =>
        Read(source.AsContiguous());

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
