using GpuLstm.Kernels.Language;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Device memory.</summary>
public sealed unsafe class CudaBuffer<T> : DeviceBuffer<T>, IKernelBuffer where T : unmanaged
{
    private readonly CudaContext _context;
    private nint _memory;

    /// <param name="zeros">Whether it starts with zeros; else its content is undefined.</param>
    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public CudaBuffer(CudaContext context, long length, bool zeros) : base(length)
    {
        _context = context;
        nuint bytes = (nuint)(Math.Max(length, 1) * sizeof(T));
        _memory = context.Allocate((long)bytes);
        if (zeros)
            context.Check(cuMemsetD8Async(_memory, 0, bytes, context.Stream), nameof(cuMemsetD8Async));
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

    private void CheckRange(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length);
    }

    protected override void Dispose(bool disposing)
    {
        nint memory = Interlocked.Exchange(ref _memory, 0);
        if (memory != 0)
            _context.Free(memory);
    }

    ~CudaBuffer() => Dispose(false);
}
