using System.Globalization;
using System.Numerics;
using static GpuLstm.Runtime.Accelerators.OpenCl.OpenClApi;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>A device's memory. Buffers that are given back are kept for the next of their size class, up to an eighth
/// of the memory, and are freed where a new one finds no room. The queue is in order, so a buffer may go from hand to
/// hand while kernels that use it still wait.</summary>
public sealed unsafe class OpenClMemory : IDisposable
{
    private const long Smallest = 256, LargestGrain = 1 << 20;
    private const int ClassesPerDoubling = 8;

    private readonly OpenClContext _context;
    private readonly Dictionary<long, Stack<nint>> _kept = [];
    private readonly Lock _lock = new(); // finalizers give back too
    private bool _disposed;

    /// <param name="context">Of the device.</param>
    /// <param name="totalBytes">What buffers may take in all.</param>
    internal OpenClMemory(OpenClContext context, long totalBytes) => (_context, TotalBytes) = (context, totalBytes);

    public long TotalBytes { get; }

    /// <summary>Of buffers handed out.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Of buffers given back and not freed.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>What a buffer of so many bytes really takes: eight sizes for each doubling, whole MiB where that is
    /// less.</summary>
    public static long SizeClass(long bytes)
    {
        bytes = Math.Max(bytes, Smallest);
        long grain = Math.Clamp((1L << BitOperations.Log2((ulong)bytes)) / ClassesPerDoubling, Smallest, LargestGrain);
        return (bytes + grain - 1) / grain * grain;
    }

    /// <summary>A <c>cl_mem</c> of undefined content.</summary>
    /// <exception cref="DeviceMemoryException">There is no room.</exception>
    public nint Rent(long bytes)
    {
        long size = Taken(bytes);
        lock (_lock)
        {
            if (_kept.TryGetValue(size, out Stack<nint>? same) && same.TryPop(out nint memory))
                KeptBytes -= size;
            else if ((memory = Create(size)) == 0)
            {
                FreeKept();
                _context.Synchronize(); // a driver may free only what no queued kernel uses
                memory = Create(size);
            }
            if (memory == 0)
                throw new DeviceMemoryException(_context.Device.Name, bytes, UsedBytes, Room(bytes));
            UsedBytes += size;
            return memory;
        }
    }

    private string Room(long bytes) => bytes > _context.Device.MaxBufferBytes
        ? string.Create(CultureInfo.InvariantCulture, $"its largest is {_context.Device.MaxBufferBytes / 1e6:N1} MB")
        : string.Create(CultureInfo.InvariantCulture,
            $"{(TotalBytes - UsedBytes) / 1e6:N1} of its {TotalBytes / 1e6:N1} MB are not in use here");

    /// <summary>Gives back what <see cref="Rent"/> gave for as many bytes.</summary>
    public void Return(nint memory, long bytes)
    {
        long size = Taken(bytes);
        lock (_lock)
        {
            UsedBytes -= size;
            if (_disposed || KeptBytes + size > TotalBytes / 8)
            {
                _ = clReleaseMemObject(memory);
                return;
            }
            if (!_kept.TryGetValue(size, out Stack<nint>? same))
                _kept[size] = same = [];
            same.Push(memory);
            KeptBytes += size;
        }
    }

    private long Taken(long bytes) => Math.Max(bytes, Math.Min(SizeClass(bytes), _context.Device.MaxBufferBytes));

    /// <summary>A new <c>cl_mem</c>; 0 where there is no room.</summary>
    private nint Create(long size)
    {
        if (UsedBytes + KeptBytes + size > TotalBytes || size > _context.Device.MaxBufferBytes)
            return 0;
        int error;
        nint memory = clCreateBuffer(_context.Handle, MemoryReadWrite, (nuint)size, null, &error);
        if (error is OpenClError.OutOfMemory or OpenClError.OutOfResources or OpenClError.OutOfHostMemory
            or OpenClError.InvalidBufferSize)
            return 0;
        _context.Check(error, nameof(clCreateBuffer));
        return memory;
    }

    private void FreeKept()
    {
        foreach (nint memory in _kept.Values.SelectMany(same => same))
            _ = clReleaseMemObject(memory);
        _kept.Clear();
        KeptBytes = 0;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            FreeKept();
        }
    }
}
