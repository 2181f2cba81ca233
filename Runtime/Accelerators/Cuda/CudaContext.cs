using System.Collections.Concurrent;
using GpuLstm.Kernels.Language;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>A GPU in use: its primary context, one stream that everything is queued on in order, its memory and its
/// compiled kernels. Any thread may use it, one at a time.</summary>
public sealed unsafe class CudaContext : IKernelLauncher, IDisposable
{
    private readonly CudaKernels _kernels;
    private readonly ConcurrentQueue<nint> _abandoned = [];
    private readonly nint _handle, _pool;
    private DeviceLostException? _lost;
    private CudaProfile? _profile; // while one is taken
    private bool _disposed, _recording;

    /// <param name="cacheRoot">Where compiled kernels are kept; null: the user's cache folder.</param>
    /// <exception cref="DeviceException">The GPU cannot be opened, or there is no compiler for it.</exception>
    public CudaContext(CudaDevice device, string? cacheRoot = null)
    {
        Device = device;
        var compiler = new NvrtcCompiler(device.Limits.ComputeCapability);
        Compiler = $"{compiler.Version} for {compiler.Architecture}";
        nint handle, stream, pool = 0;
        Check(cuDevicePrimaryCtxRetain(&handle, device.Handle), nameof(cuDevicePrimaryCtxRetain));
        _handle = handle;
        Enter();
        Check(cuStreamCreate(&stream, StreamNonBlocking), nameof(cuStreamCreate));
        Stream = stream;
        if (device.HasPools)
        {
            ulong keepAll = ulong.MaxValue; // what is freed stays at hand: the driver would have to wait for the device
            Check(cuDeviceGetDefaultMemPool(&pool, device.Handle), nameof(cuDeviceGetDefaultMemPool));
            Check(cuMemPoolSetAttribute(pool, PoolReleaseThreshold, &keepAll), nameof(cuMemPoolSetAttribute));
        }
        _pool = pool;
        _kernels = new(this, compiler, cacheRoot);
        Staging = new(this);
    }

    public CudaDevice Device { get; }

    /// <summary>The compiler, for people.</summary>
    public string Compiler { get; }

    internal nint Stream { get; }

    internal CudaStaging Staging { get; }

    /// <summary>Makes the context that of the calling thread: the driver keeps one per thread.</summary>
    /// <exception cref="DeviceLostException">A fault has made the device unusable.</exception>
    internal void Enter()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_lost != null)
            throw new DeviceLostException(_lost.Message);
        Check(cuCtxSetCurrent(_handle), nameof(cuCtxSetCurrent));
    }

    /// <summary>As <see cref="Enter"/>, for what cannot be part of recorded work.</summary>
    /// <exception cref="InvalidOperationException">Work is being recorded.</exception>
    internal void EnterUnrecorded()
    {
        if (_recording)
            throw new InvalidOperationException(
                "Work that is being recorded can neither allocate, copy to or from the host, nor wait.");
        Enter();
    }

    /// <summary>As <see cref="Enter"/>, for what is to be destroyed; false where it is gone with the context.</summary>
    internal bool TryEnter() => !_disposed && _lost == null && cuCtxSetCurrent(_handle) == 0;

    /// <exception cref="DeviceException">The code is an error.</exception>
    internal void Check(int code, string call)
    {
        if (code != 0)
            Fail(code, call);
    }

    private void Fail(int code, string call)
    {
        try
        {
            CudaError.Check(code, call, Device.Name);
        }
        catch (DeviceLostException e)
        {
            _lost = e;
            throw;
        }
    }

    public void Launch(KernelDescriptor kernel, in KernelConfig config, ReadOnlySpan<KernelArgument> arguments) =>
        Enqueue(kernel, config, default, arguments);

    public void Launch(KernelDescriptor kernel, Index3D extent, ReadOnlySpan<KernelArgument> arguments)
    {
        if (extent.X != 0 && extent.Y != 0 && extent.Z != 0)
            Enqueue(kernel, CudaRange.Config(extent), extent, arguments);
    }

    /// <summary>Compiles a kernel for groups of a size, if it is not yet.</summary>
    /// <exception cref="DeviceException">The compiler or the driver refuses it.</exception>
    public void Build(KernelDescriptor kernel, Index3D group, ReadOnlySpan<KernelArgument> arguments)
    {
        Enter();
        _kernels.Get(kernel, group, arguments);
    }

    /// <summary>How many groups of a launch the device holds at once.</summary>
    public int ResidentGroups(KernelDescriptor kernel, in KernelConfig config, ReadOnlySpan<KernelArgument> arguments)
    {
        Enter();
        CudaKernel loaded = _kernels.Get(kernel, config.GroupDim, arguments);
        int bytes = SharedBytes(kernel, config), perUnit;
        loaded.Reserve(kernel, bytes);
        Check(
            cuOccupancyMaxActiveBlocksPerMultiprocessor(
                &perUnit, loaded.Function, Items(config.GroupDim), (nuint)bytes),
            nameof(cuOccupancyMaxActiveBlocksPerMultiprocessor));
        return perUnit * Device.Limits.ComputeUnits;
    }

    private static int Items(Index3D group) => group.X * group.Y * group.Z;

    private static int SharedBytes(KernelDescriptor kernel, in KernelConfig config) =>
        kernel.UsesDynamicShared ? checked((int)Math.Max(config.SharedMemory.Bytes, 16)) : 0;

    private void Enqueue(
        KernelDescriptor kernel, in KernelConfig config, Index3D extent, ReadOnlySpan<KernelArgument> arguments)
    {
        if (config.GridDim.X == 0 || config.GridDim.Y == 0 || config.GridDim.Z == 0)
            return;
        Enter();
        CudaKernel loaded = _kernels.Get(kernel, config.GroupDim, arguments);
        int bytes = SharedBytes(kernel, config);
        loaded.Reserve(kernel, bytes);
        UInt128* values = stackalloc UInt128[CudaArguments.MaxCount(kernel)];
        void** addresses = stackalloc void*[CudaArguments.MaxCount(kernel)];
        CudaArguments.Write(kernel, arguments, extent, bytes, values, addresses);
        (Index3D grid, Index3D group) = (config.GridDim, config.GroupDim);
        _profile?.Begin(kernel.Name);
        int code = config.Cooperative
            ? cuLaunchCooperativeKernel(loaded.Function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z,
                (uint)group.X, (uint)group.Y, (uint)group.Z, (uint)bytes, Stream, addresses)
            : cuLaunchKernel(loaded.Function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z,
                (uint)group.X, (uint)group.Y, (uint)group.Z, (uint)bytes, Stream, addresses, null);
        if (code != 0)
            Fail(code, $"Starting the kernel {kernel.Name} in {grid.X} x {grid.Y} x {grid.Z} groups of "
                + $"{group.X} x {group.Y} x {group.Z} with {bytes} bytes of dynamic shared memory");
        _profile?.End();
    }

    /// <summary>Whether every launch is measured, which recorded work would escape.</summary>
    internal bool IsProfiling => _profile != null;

    /// <summary>Runs <paramref name="work"/> to its end, and measures every kernel.</summary>
    public IReadOnlyList<KernelTime> Profile(Action work)
    {
        EnterUnrecorded();
        using CudaProfile profile = new(this);
        _profile = profile;
        try
        {
            work();
        }
        finally
        {
            _profile = null;
        }
        return profile.Read();
    }

    /// <summary>Waits until everything queued is done.</summary>
    /// <exception cref="DeviceException">Something of it failed.</exception>
    public void Synchronize()
    {
        EnterUnrecorded();
        Check(cuStreamSynchronize(Stream), nameof(cuStreamSynchronize));
    }

    /// <summary>Device memory of undefined content.</summary>
    /// <exception cref="DeviceException">There is not enough.</exception>
    internal nint Allocate(long bytes)
    {
        EnterUnrecorded();
        FreeAbandoned();
        nint memory;
        int code = TryAllocate(bytes, &memory);
        if (code == CudaError.OutOfMemory)
        {
            Synchronize(); // what was freed in the stream's order is free only now
            if (_pool != 0)
                Check(cuMemPoolTrimTo(_pool, 0), nameof(cuMemPoolTrimTo));
            code = TryAllocate(bytes, &memory);
        }
        if (code == CudaError.OutOfMemory)
            throw new DeviceException(
                $"{Device.Name} could not give a buffer of {bytes / 1e6:F0} MB: of its "
                + $"{Device.MemoryBytes / 1e6:F0} MB {FreeBytes / 1e6:F0} MB are free; a smaller --batch needs less.");
        Check(code, _pool != 0 ? nameof(cuMemAllocAsync) : nameof(cuMemAlloc_v2));
        return memory;
    }

    private int TryAllocate(long bytes, nint* memory) =>
        _pool != 0 ? cuMemAllocAsync(memory, (nuint)bytes, Stream) : cuMemAlloc_v2(memory, (nuint)bytes);

    /// <summary>Device memory that nobody uses.</summary>
    internal long FreeBytes
    {
        get
        {
            Enter();
            nuint free, total;
            Check(cuMemGetInfo_v2(&free, &total), nameof(cuMemGetInfo_v2));
            return (long)free;
        }
    }

    /// <summary>Gives memory back once the work queued before is done with it. Any thread, the finaliser's too: while a
    /// step is recorded, and after a fault, it waits for the next allocation.</summary>
    internal void Free(nint memory)
    {
        if (!_disposed)
            _abandoned.Enqueue(memory);
    }

    private void FreeAbandoned()
    {
        while (_abandoned.TryDequeue(out nint memory))
            _ = _pool != 0 ? cuMemFreeAsync(memory, Stream) : cuMemFree_v2(memory);
    }

    /// <summary>Queues nothing of <paramref name="work"/>, but makes it a graph that can be launched as a
    /// whole.</summary>
    internal CudaGraph Record(Action work)
    {
        Enter();
        Check(cuStreamBeginCapture_v2(Stream, CaptureThreadLocal), nameof(cuStreamBeginCapture_v2));
        _recording = true;
        bool whole = false;
        nint graph = 0;
        int code;
        try
        {
            work();
            whole = true;
        }
        finally
        {
            _recording = false;
            code = cuStreamEndCapture(Stream, &graph); // also after an exception: else the stream would stay as it is
            if (!whole && graph != 0)
                _ = cuGraphDestroy(graph);
        }
        Check(code, nameof(cuStreamEndCapture));
        return new(this, graph);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        if (TryEnter() && cuStreamSynchronize(Stream) == 0)
        {
            FreeAbandoned();
            Staging.Dispose();
            _kernels.Dispose();
            _ = cuStreamDestroy_v2(Stream);
        }
        _disposed = true;
        _ = cuDevicePrimaryCtxRelease_v2(Device.Handle); // after a fault, all of the context goes with it
    }
}
