using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Runs the kernels of <c>Kernels/Gpu</c> on an accelerator of ILGPU's that the caller owns. Its context is
/// built with <see cref="Kernels.LstmContextExtensions.LstmKernels"/>.</summary>
public class GpuEngine : Engine
{
    private long _usedBytes;

    /// <param name="accelerator">Stays the caller's.</param>
    /// <param name="stream">Where everything is queued; null: the accelerator's default.</param>
    /// <param name="limits">To stay below the device's own; null: those.</param>
    /// <param name="memoryBytes">What buffers may take in all; 0: what the device has.</param>
    /// <param name="precision">Of the factors of products.</param>
    /// <exception cref="DeviceException">The device lacks the precision.</exception>
    public GpuEngine(
        Accelerator accelerator, AcceleratorStream? stream = null, GpuLimits? limits = null, long memoryBytes = 0,
        Precision precision = Precision.F32)
    {
        Accelerator = accelerator;
        Stream = stream ?? accelerator.DefaultStream;
        Limits = limits ?? GpuLimits.Of(accelerator);
        MemoryBytes = memoryBytes > 0 ? memoryBytes : accelerator.MemorySize;
        Precision = precision;
        Launchers = new(this);
        Operations = new GpuOperations(this);
    }

    public override Accelerator Accelerator { get; }

    public override AcceleratorStream Stream { get; }

    public override string Id => Accelerator.AcceleratorType.ToString().ToLowerInvariant();

    public override string Name => Accelerator.Name;

    public override long MemoryBytes { get; }

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>();

    public override Operations Operations { get; }

    public GpuLimits Limits { get; }

    /// <summary>Of the factors of products.</summary>
    public Precision Precision { get; }

    internal KernelLaunchers Launchers { get; }

    /// <summary>How layers keep their weights on chip, if at all.</summary>
    internal Func<GpuLimits, LstmDescriptor, OnChipSchedule?> OnChip { get; init; } = OnChipSchedule.Choose;

    /// <summary>The ceilings of a GPU; null for a processor, which OpenCL drivers do not bring near its own.</summary>
    public override DevicePeak? MeasurePeak() => Limits.IsGpu ? GpuPeak.Measure(this) : null;

    public override MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length)
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = AllocateWorkspace<T>(length);
        buffer.MemSetToZero(Stream);
        return buffer;
    }

    /// <exception cref="DeviceMemoryException">There is no room.</exception>
    public override unsafe MemoryBuffer1D<T, Stride1D.Dense> AllocateWorkspace<T>(long length)
    {
        long bytes = checked(Math.Max(length, 1) * sizeof(T));
        BeforeTransfer();
        if (bytes > LargestBufferBytes)
            throw NoRoom(bytes, string.Create(CultureInfo.InvariantCulture,
                $"its largest is {LargestBufferBytes / 1e6:N1} MB"));
        // Taken before it is had, as a lock around ILGPU's allocation would wait for finalizers, which free buffers
        // under ILGPU's own lock and would wait for ours.
        long free = MemoryBytes - Interlocked.Add(ref _usedBytes, bytes) + bytes;
        try
        {
            if (bytes > free)
                throw NoRoom(bytes, string.Create(CultureInfo.InvariantCulture,
                    $"{free / 1e6:N1} of its {MemoryBytes / 1e6:N1} MB are not in use here"), bytes);
            MemoryBuffer memory = AllocateRaw(Math.Max(length, 1), sizeof(T));
            DeviceMemory.Add(bytes);
            return new OwnedBuffer<T>(Accelerator, memory, length, () => Interlocked.Add(ref _usedBytes, -bytes));
        }
        catch
        {
            Interlocked.Add(ref _usedBytes, -bytes);
            throw;
        }
    }

    private MemoryBuffer AllocateRaw(long length, int elementBytes)
    {
        long bytes = length * elementBytes;
        try
        {
            return Accelerator.AllocateRaw(length, elementBytes);
        }
        catch (AcceleratorException e)
        {
            throw Room(e) is { } room ? NoRoom(bytes, room, bytes) : Failure(e, "An allocation");
        }
        catch (OutOfMemoryException e)
        {
            throw NoRoom(bytes, $"the system says {e.Message}", bytes);
        }
    }

    /// <summary>Looks whether the launches so far went well.</summary>
    /// <exception cref="KernelFaultException">One did not.</exception>
    internal virtual void CheckFaults() { }

    internal override void BeforeTransfer() => CheckFaults();

    /// <summary>A kernel is about to be launched for the first time.</summary>
    internal virtual void Prepare(Kernel kernel) { }

    /// <summary>The launcher of a kernel all of whose groups must run at once, in place of ILGPU's.</summary>
    internal virtual T Cooperative<T>(T launcher) where T : Delegate => launcher;

    /// <summary>What room there is after a failed allocation, as a clause; null if it failed for another
    /// reason.</summary>
    protected virtual string? Room(AcceleratorException exception) => $"its driver says {exception.Message}";

    /// <param name="reserved">Bytes that are counted as used for it already.</param>
    private DeviceMemoryException NoRoom(long bytes, string why, long reserved = 0) =>
        new(Name, bytes, Interlocked.Read(ref _usedBytes) - reserved, why);

    public override ReadBack<T> CreateReadBack<T>(int capacity) => new ImmediateReadBack<T>(this, capacity);

    public override void Synchronize()
    {
        BeforeTransfer();
        try
        {
            Stream.Synchronize();
        }
        catch (AcceleratorException e)
        {
            throw Failure(e, Launchers.Last ?? "Waiting");
        }
    }

    internal override unsafe void CopyToHost<T>(ArrayView<T> source, T* target)
    {
        BeforeTransfer();
        try
        {
            if (Stream is CLStream queue) // ILGPU's own copy allocates
                CLException.ThrowIfFailed(CLAPI.CurrentAPI.ReadBuffer(
                    queue, Handle(source), false, (nint)IndexInBytes(source), (nint)source.LengthInBytes,
                    (nint)target));
            else
                source.CopyToCPU(Stream, ref *target, source.Length);
        }
        catch (AcceleratorException e)
        {
            throw Failure(e, "A copy from it");
        }
    }

    private static nint Handle<TView>(TView view) where TView : IContiguousArrayView => view.Buffer.NativePtr;

    private static long IndexInBytes<TView>(TView view) where TView : IContiguousArrayView => view.IndexInBytes;

    public override IReadOnlyList<KernelTime>? Profile(Action work)
    {
        if (!Accelerator.Context.Properties.EnableProfiling)
            return base.Profile(work);
        Synchronize();
        Launchers.BeginProfile();
        work();
        return Launchers.EndProfile();
    }

    protected override void Dispose(bool disposing) => ((IDisposable)Operations).Dispose();
}
