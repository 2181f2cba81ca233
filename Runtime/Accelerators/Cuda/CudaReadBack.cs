using GpuLstm.Kernels.Language;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Page-locked host memory that the device writes while the host goes on.</summary>
internal sealed unsafe class CudaReadBack<T> : ReadBack<T> where T : unmanaged
{
    private readonly CudaContext _context;
    private readonly int _capacity;
    private readonly nint _done; // event
    private T* _values;
    private int _count;

    public CudaReadBack(CudaContext context, int capacity)
    {
        (_context, _capacity) = (context, capacity);
        void* memory;
        nint done;
        context.EnterUnrecorded();
        nuint bytes = (nuint)(Math.Max(capacity, 1) * sizeof(T));
        context.Check(cuMemHostAlloc(&memory, bytes, HostAllocPortable), nameof(cuMemHostAlloc));
        context.Check(cuEventCreate(&done, EventDisableTiming), nameof(cuEventCreate));
        _values = (T*)memory;
        _done = done;
    }

    public override bool IsImmediate => false;

    public override void Begin(BufferView<T> first, BufferView<T> second = default)
    {
        _count = Count(first, second, _capacity);
        _context.EnterUnrecorded();
        Copy(first, _values);
        Copy(second, _values + first.Length);
        _context.Check(cuEventRecord(_done, _context.Stream), nameof(cuEventRecord));
    }

    private void Copy(BufferView<T> source, T* target)
    {
        if (source.Length == 0)
            return;
        nint address = ((IKernelBuffer)source.Buffer).Handle + (nint)(source.Offset * sizeof(T));
        _context.Check(cuMemcpyDtoHAsync_v2(target, address, (nuint)(source.Length * sizeof(T)), _context.Stream),
            nameof(cuMemcpyDtoHAsync_v2));
    }

    public override ReadOnlySpan<T> End()
    {
        _context.EnterUnrecorded();
        _context.Check(cuEventSynchronize(_done), nameof(cuEventSynchronize));
        return new(_values, _count);
    }

    protected override void Dispose(bool disposing)
    {
        if (_values == null || !_context.TryEnter())
            return;
        _ = cuEventSynchronize(_done); // the device may still be writing
        _ = cuEventDestroy_v2(_done);
        _ = cuMemFreeHost(_values);
        _values = null;
    }
}
