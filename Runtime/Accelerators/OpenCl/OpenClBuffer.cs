using System.Runtime.InteropServices;
using GpuLstm.Kernels.Language;
using static GpuLstm.Runtime.Accelerators.OpenCl.OpenClApi;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>A <c>cl_mem</c> from the context's memory.</summary>
public sealed unsafe class OpenClBuffer<T> : DeviceBuffer<T>, IKernelBuffer where T : unmanaged
{
    private readonly OpenClContext _context;
    private nint _memory;

    /// <param name="context">Of the device.</param>
    /// <param name="length">Elements.</param>
    /// <param name="zeros">Whether it starts with zeros; else its content is undefined.</param>
    /// <exception cref="DeviceMemoryException">The device has not that much memory.</exception>
    public OpenClBuffer(OpenClContext context, long length, bool zeros) : base(length)
    {
        _context = context;
        _memory = context.Memory.Rent(Bytes);
        if (!zeros)
            return;
        byte zero = 0;
        context.Check(clEnqueueFillBuffer(context.Queue, _memory, &zero, 1, 0, (nuint)Bytes, 0, null, null),
            nameof(clEnqueueFillBuffer));
    }

    private long Bytes => checked(Math.Max(Length, 1) * sizeof(T));

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
        for (ReadOnlySpan<T> rest = values; rest.Length > 0; rest = rest[Part(rest.Length)..], offset += Longest)
            _context.Transfer.Upload(Handle, offset * sizeof(T), MemoryMarshal.AsBytes(rest[..Part(rest.Length)]));
    }

    public override void CopyTo(long offset, Span<T> values)
    {
        CheckRange(offset, values.Length);
        for (Span<T> rest = values; rest.Length > 0; rest = rest[Part(rest.Length)..], offset += Longest)
            _context.Transfer.Download(Handle, offset * sizeof(T), MemoryMarshal.AsBytes(rest[..Part(rest.Length)]));
    }

    private static int Longest => (1 << 30) / sizeof(T); // elements whose bytes a span can count

    private static int Part(int length) => Math.Min(length, Longest);

    protected override void Dispose(bool disposing)
    {
        nint memory = Interlocked.Exchange(ref _memory, 0);
        if (memory != 0)
            _context.Memory.Return(memory, Bytes);
    }

    ~OpenClBuffer() => Dispose(false);
}
