using System.Collections.Concurrent;
using System.Globalization;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>A GPU's memory, taken and given back in the order of the stream where the driver keeps pools
/// (CUDA Driver API, 6.14 "Stream Ordered Memory Allocator").</summary>
internal sealed unsafe class CudaMemory : IDisposable
{
    private readonly CudaContext _context;
    private readonly ConcurrentQueue<nint> _abandoned = [];
    private readonly nint _pool;
    private long _usedBytes;
    private bool _disposed;

    /// <exception cref="DeviceException">The driver gives no pool.</exception>
    public CudaMemory(CudaContext context)
    {
        _context = context;
        if (!context.Device.HasPools)
            return;
        nint pool;
        ulong keepAll = ulong.MaxValue; // what is freed stays at hand: the driver would have to wait for the device
        context.Check(cuDeviceGetDefaultMemPool(&pool, context.Device.Handle), nameof(cuDeviceGetDefaultMemPool));
        context.Check(cuMemPoolSetAttribute(pool, PoolReleaseThreshold, &keepAll), nameof(cuMemPoolSetAttribute));
        _pool = pool;
    }

    /// <summary>Bytes of undefined content.</summary>
    /// <exception cref="DeviceMemoryException">There is no room.</exception>
    public nint Allocate(long bytes)
    {
        _context.EnterUnrecorded();
        FreeAbandoned();
        nint memory;
        int code = TryAllocate(bytes, &memory);
        if (code == CudaError.OutOfMemory)
        {
            _context.Synchronize(); // what was freed in the stream's order is free only now
            if (_pool != 0)
                _context.Check(cuMemPoolTrimTo(_pool, 0), nameof(cuMemPoolTrimTo));
            code = TryAllocate(bytes, &memory);
        }
        if (code == CudaError.OutOfMemory)
            throw new DeviceMemoryException(_context.Device.Name, bytes, Interlocked.Read(ref _usedBytes),
                string.Create(
                CultureInfo.InvariantCulture,
                $"{FreeBytes / 1e6:N1} of its {_context.Device.MemoryBytes / 1e6:N1} MB are free"));
        _context.Check(code, _pool != 0 ? nameof(cuMemAllocAsync) : nameof(cuMemAlloc_v2));
        Interlocked.Add(ref _usedBytes, bytes);
        return memory;
    }

    private int TryAllocate(long bytes, nint* memory) => _pool != 0
        ? cuMemAllocAsync(memory, (nuint)bytes, _context.Stream) : cuMemAlloc_v2(memory, (nuint)bytes);

    /// <summary>Device memory that nobody uses, another process neither.</summary>
    private long FreeBytes
    {
        get
        {
            nuint free, total;
            _context.Check(cuMemGetInfo_v2(&free, &total), nameof(cuMemGetInfo_v2));
            return (long)free;
        }
    }

    /// <summary>Gives back what <see cref="Allocate"/> gave for as many bytes, once the work queued before is done with
    /// it. Any thread, the finaliser's too: while a step is recorded, and after a fault, it waits for the next
    /// allocation.</summary>
    public void Free(nint memory, long bytes)
    {
        Interlocked.Add(ref _usedBytes, -bytes);
        if (!Volatile.Read(ref _disposed))
            _abandoned.Enqueue(memory);
    }

    private void FreeAbandoned()
    {
        while (_abandoned.TryDequeue(out nint memory))
            _ = _pool != 0 ? cuMemFreeAsync(memory, _context.Stream) : cuMemFree_v2(memory);
    }

    /// <summary>Takes nothing back any more: the context, which must be that of the thread, goes with all of
    /// it.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _disposed, true);
        FreeAbandoned();
    }
}
