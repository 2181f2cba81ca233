using GpuLstm.Kernels.Language;
using static GpuLstm.Runtime.Accelerators.OpenCl.OpenClApi;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>A <c>cl_mem</c>, of zeros at first.</summary>
public sealed unsafe class OpenClBuffer<T> : DeviceBuffer<T>, IKernelBuffer where T : unmanaged
{
    private readonly OpenClContext _context;
    private nint _memory;

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public OpenClBuffer(OpenClContext context, long length) : base(length)
    {
        _context = context;
        long bytes = Math.Max(length, 1) * sizeof(T);
        OpenClDevice device = context.Device;
        if (bytes > device.MaxBufferBytes)
            throw OutOfMemory(bytes, $"its largest buffer is {device.MaxBufferBytes / 1e6:F0} MB");
        int error;
        _memory = clCreateBuffer(context.Handle, MemoryReadWrite, (nuint)bytes, null, &error);
        if (error is OpenClError.OutOfMemory or OpenClError.OutOfResources or OpenClError.OutOfHostMemory
            or OpenClError.InvalidBufferSize)
            throw OutOfMemory(bytes, $"it has {device.MemoryBytes / 1e6:F0} MB in all");
        context.Check(error, nameof(clCreateBuffer));
        Clear();
    }

    public nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory == 0, this);
            return _memory;
        }
    }

    public nint HostAddress => 0;

    private DeviceException OutOfMemory(long bytes, string have) => new(
        $"{_context.Device.Name} could not give a buffer of {bytes / 1e6:F0} MB: {have}; a smaller --batch needs less.");

    private void Clear()
    {
        const int Piece = 1 << 16;
        Span<T> zeros = new T[Math.Min(Length, Piece)];
        for (long start = 0; start < Length; start += Piece)
            CopyFrom(start, zeros[..(int)Math.Min(Piece, Length - start)]);
    }

    public override void CopyFrom(long offset, ReadOnlySpan<T> values)
    {
        CheckRange(offset, values.Length);
        if (values.Length == 0)
            return;
        fixed (T* first = values)
            _context.Check(clEnqueueWriteBuffer(_context.Queue, Handle, 1, (nuint)(offset * sizeof(T)),
                (nuint)((long)values.Length * sizeof(T)), first, 0, null, null), nameof(clEnqueueWriteBuffer));
    }

    public override void CopyTo(long offset, Span<T> values)
    {
        CheckRange(offset, values.Length);
        if (values.Length == 0)
            return;
        fixed (T* first = values)
            _context.Check(clEnqueueReadBuffer(_context.Queue, Handle, 1, (nuint)(offset * sizeof(T)),
                (nuint)((long)values.Length * sizeof(T)), first, 0, null, null), nameof(clEnqueueReadBuffer));
    }

    private void CheckRange(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length);
    }

    protected override void Dispose(bool disposing)
    {
        if (_memory == 0)
            return;
        _ = clReleaseMemObject(_memory);
        _memory = 0;
    }

    ~OpenClBuffer() => Dispose(false);
}
