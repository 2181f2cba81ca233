using GpuLstm.Kernels.Language;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>A GPU in use: its primary context, one stream that everything is queued on in order, its memory and its
/// compiled kernels. Any thread may use it, one at a time.</summary>
public sealed unsafe class CudaContext : IKernelLauncher, IDisposable
{
    private readonly CudaKernels _kernels;
    private readonly nint _handle;
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
        nint handle, stream;
        Check(cuDevicePrimaryCtxRetain(&handle, device.Handle), nameof(cuDevicePrimaryCtxRetain));
        _handle = handle;
        Enter();
        Check(cuStreamCreate(&stream, StreamNonBlocking), nameof(cuStreamCreate));
        Stream = stream;
        Memory = new(this);
        _kernels = new(this, compiler, cacheRoot);
        Staging = new(this);
    }

    public CudaDevice Device { get; }

    /// <summary>The compiler, for people.</summary>
    public string Compiler { get; }

    internal nint Stream { get; }

    internal CudaMemory Memory { get; }

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
        int code = kernel.IsCooperative
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
            Memory.Dispose();
            Staging.Dispose();
            _kernels.Dispose();
            _ = cuStreamDestroy_v2(Stream);
        }
        _disposed = true;
        _ = cuDevicePrimaryCtxRelease_v2(Device.Handle); // after a fault, all of the context goes with it
    }
}
