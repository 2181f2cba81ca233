using System.Text;
using GpuLstm.Kernels.Language;
using static GpuLstm.Runtime.Accelerators.OpenCl.OpenClApi;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>A device in use: its context, its in-order queue and its compiled kernels. Launches are queued and return
/// at once.</summary>
public sealed unsafe class OpenClContext : IKernelLauncher, IDisposable
{
    private const int RangeGroup = 64; // items of a group of a kernel over a range

    private readonly OpenClProgramCache _programs;
    private readonly nint _queue;
    private OpenClProfile? _profile; // while one is taken
    private bool _disposed;

    /// <param name="device">To open.</param>
    /// <param name="memoryBytes">What buffers may take in all; 0: what the device has.</param>
    /// <param name="cache">The folder of compiled kernels; null: the user's.</param>
    /// <exception cref="DeviceException">The device cannot be opened.</exception>
    public OpenClContext(OpenClDevice device, long memoryBytes = 0, string? cache = null)
    {
        Device = device;
        nint handle = device.Handle;
        int error;
        Handle = clCreateContext(null, 1, &handle, 0, 0, &error);
        OpenClError.Check(error, nameof(clCreateContext), device.Name);
        _queue = clCreateCommandQueue(Handle, handle, 0, &error);
        OpenClError.Check(error, nameof(clCreateCommandQueue), device.Name);
        _programs = new OpenClProgramCache(this, cache);
        Memory = new OpenClMemory(this, memoryBytes == 0 ? device.MemoryBytes : memoryBytes);
        Transfer = new OpenClTransfer(this, device.SharesHostMemory);
    }

    public OpenClDevice Device { get; }
    internal nint Handle { get; }
    internal nint Queue => _profile?.Queue ?? _queue;
    public OpenClMemory Memory { get; }
    internal OpenClTransfer Transfer { get; }

    /// <summary>Compiles a kernel for groups of a size, if it is not yet.</summary>
    /// <param name="kernel">What to compile.</param>
    /// <param name="group">Items of a group.</param>
    /// <param name="arguments">One per parameter; only specialised values count.</param>
    /// <exception cref="DeviceException">The driver refuses the text; the message holds its log.</exception>
    public void Build(KernelDescriptor kernel, Index3D group, ReadOnlySpan<KernelArgument> arguments) =>
        _programs.Kernel(kernel, group, arguments);

    public void Launch(KernelDescriptor kernel, in KernelConfig config, ReadOnlySpan<KernelArgument> arguments) =>
        Enqueue(kernel, config, config.GroupDim, default, arguments);

    public void Launch(KernelDescriptor kernel, Index3D extent, ReadOnlySpan<KernelArgument> arguments)
    {
        if (extent.X == 0 || extent.Y == 0 || extent.Z == 0)
            return;
        Index3D group = new(Math.Min(RangeGroup, Device.MaxGroupSize), 1, 1);
        Index3D grid = new((int)(((long)extent.X + group.X - 1) / group.X), extent.Y, extent.Z);
        Enqueue(kernel, new KernelConfig(grid, group), group, extent, arguments);
    }

    private void Enqueue(
        KernelDescriptor kernel, in KernelConfig config, Index3D group, Index3D extent,
        ReadOnlySpan<KernelArgument> arguments)
    {
        nint compiled = _programs.Kernel(kernel, group, arguments);
        uint next = 0;
        for (int i = 0; i < arguments.Length; i++)
            next = SetArgument(compiled, next, kernel.Parameters[i], arguments[i]);
        for (int axis = 0; axis < kernel.IndexDimensions; axis++)
            Set(compiled, next++, axis == 0 ? extent.X : axis == 1 ? extent.Y : extent.Z);
        if (kernel.UsesDynamicShared)
        {
            long bytes = Math.Max(config.SharedMemory.Bytes, 16);
            Check(clSetKernelArg(compiled, next++, (nuint)bytes, null), nameof(clSetKernelArg));
            Set(compiled, next, bytes);
        }
        nuint* global = stackalloc nuint[3];
        nuint* local = stackalloc nuint[3] { (nuint)group.X, (nuint)group.Y, (nuint)group.Z };
        (global[0], global[1], global[2]) = ((nuint)config.GridDim.X * local[0], (nuint)config.GridDim.Y * local[1],
            (nuint)config.GridDim.Z * local[2]);
        if (global[0] == 0 || global[1] == 0 || global[2] == 0)
            return;
        nint launch = 0;
        int code = clEnqueueNDRangeKernel(Queue, compiled, 3, null, global, local, 0, null,
            _profile is null ? null : &launch);
        if (code == 0)
            _profile?.Add(kernel.Name, launch);
        else
            throw new DeviceException($"The kernel {kernel.Name} could not be started on {Device.Name} in groups of "
                + $"{group.X} x {group.Y} x {group.Z}: {OpenClError.Name(code)}.");
    }

    private uint SetArgument(nint compiled, uint next, KernelParameter parameter, in KernelArgument argument)
    {
        switch (parameter.Kind)
        {
            case KernelParameterKind.View:
                Set(compiled, next, argument.Buffer?.Handle ?? 0);
                Set(compiled, next + 1, argument.ByteOffset / parameter.Size);
                Set(compiled, next + 2, argument.Length);
                return next + 3;
            case KernelParameterKind.Value:
                UInt128 bits = argument.Value<UInt128>();
                Check(clSetKernelArg(compiled, next, (nuint)parameter.Size, &bits), nameof(clSetKernelArg));
                return next + 1;
            default:
                return next; // compiled in
        }
    }

    private void Set<T>(nint compiled, uint index, T value) where T : unmanaged =>
        Check(clSetKernelArg(compiled, index, (nuint)sizeof(T), &value), nameof(clSetKernelArg));

    /// <summary>Waits until everything queued is done.</summary>
    /// <exception cref="DeviceException">Something of it failed.</exception>
    public void Synchronize() => Check(clFinish(Queue), nameof(clFinish));

    /// <summary>Runs <paramref name="work"/> on a queue that keeps the time of each launch.</summary>
    public IReadOnlyList<KernelTime> Profile(Action work)
    {
        Synchronize(); // two queues of a device do not wait for each other
        using OpenClProfile profile = new(this);
        _profile = profile;
        try
        {
            work();
            return profile.Read();
        }
        finally
        {
            Synchronize();
            _profile = null;
        }
    }

    internal void Check(int code, string call) => OpenClError.Check(code, call, Device.Name);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _ = clFinish(_queue);
        _programs.Dispose();
        Transfer.Dispose();
        Memory.Dispose();
        _ = clReleaseCommandQueue(_queue);
        _ = clReleaseContext(Handle);
    }
}
