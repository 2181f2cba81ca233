using GpuLstm.Kernels.Language;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Device memory.</summary>
public sealed unsafe class CudaBuffer<T> : DeviceBuffer<T>, IKernelBuffer where T : unmanaged
{
    private readonly CudaContext _context;
    private nint _memory;

    /// <param name="zeros">Whether it starts with zeros; else its content is undefined.</param>
    /// <exception cref="DeviceMemoryException">The device has not that much memory.</exception>
    public CudaBuffer(CudaContext context, long length, bool zeros) : base(length)
    {
        _context = context;
        _memory = context.Memory.Allocate(Bytes);
        if (zeros)
            context.Check(cuMemsetD8Async(_memory, 0, (nuint)Bytes, context.Stream), nameof(cuMemsetD8Async));
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

    private long Bytes => Math.Max(Length, 1) * sizeof(T);

    public override void CopyFrom(long offset, ReadOnlySpan<T> values)
    {
        CheckRange(offset, values.Length);
        fixed (T* first = values)
            _context.Staging.Upload(Address(offset), (byte*)first, (long)values.Length * sizeof(T));
    }

    public override void CopyTo(long offset, Span<T> values)
    {
        CheckRange(offset, values.Length);
        fixed (T* first = values)
            _context.Staging.Download((byte*)first, Address(offset), (long)values.Length * sizeof(T));
    }

    private nint Address(long offset) => Handle + (nint)(offset * sizeof(T));

    protected override void Dispose(bool disposing)
    {
        nint memory = Interlocked.Exchange(ref _memory, 0);
        if (memory != 0)
            _context.Memory.Free(memory, Bytes);
    }

    ~CudaBuffer() => Dispose(false);
}
