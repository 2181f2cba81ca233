using System.Runtime.InteropServices;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>Native memory, aligned to a cache line, outside the garbage collector's reach.</summary>
public sealed unsafe class CpuBuffer<T> : DeviceBuffer<T> where T : unmanaged
{
    private const int Alignment = 64;
    private T* _data;

    /// <exception cref="DeviceException">The system has not that much memory.</exception>
    public CpuBuffer(long length) : base(length)
    {
        nuint bytes = checked((nuint)Math.Max(length, 1) * (nuint)sizeof(T));
        try
        {
            _data = (T*)NativeMemory.AlignedAlloc(bytes, Alignment);
        }
        catch (OutOfMemoryException e)
        {
            throw new DeviceException(
                $"The cpu accelerator could not allocate {bytes / 1e6:F0} MB; a smaller batch needs less.", e);
        }
        NativeMemory.Clear(_data, bytes);
        GC.AddMemoryPressure((long)bytes);
    }

    /// <summary>The first element.</summary>
    /// <exception cref="ObjectDisposedException">The buffer is freed.</exception>
    public T* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_data == null, this);
            return _data;
        }
    }

    public override void CopyFrom(long offset, ReadOnlySpan<T> values) => values.CopyTo(Part(offset, values.Length));

    public override void CopyTo(long offset, Span<T> values) => Part(offset, values.Length).CopyTo(values);

    private Span<T> Part(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length);
        return new(Pointer + offset, length);
    }

    protected override void Dispose(bool disposing)
    {
        if (_data == null)
            return;
        NativeMemory.AlignedFree(_data);
        _data = null;
        GC.RemoveMemoryPressure(Math.Max(Length, 1) * sizeof(T));
    }

    ~CpuBuffer() => Dispose(false);
}

/// <summary>Views of CPU buffers as pointers.</summary>
public static unsafe class CpuViews
{
    /// <summary>The view's first element, null for an absent one.</summary>
    /// <exception cref="ArgumentException">The view is shorter than the operation needs, or of another
    /// accelerator.</exception>
    public static T* Pointer<T>(this BufferView<T> view, long needed) where T : unmanaged
    {
        if (view.IsAbsent)
            return null;
        if (view.Length < needed)
            throw new ArgumentException($"The operation needs {needed} elements, the view holds {view.Length}.");
        return view.Buffer is CpuBuffer<T> buffer
            ? buffer.Pointer + view.Offset
            : throw new ArgumentException("The view belongs to another accelerator.");
    }

    /// <summary>As <see cref="Pointer"/>, for a view that must be there.</summary>
    /// <exception cref="ArgumentException">It is absent.</exception>
    public static T* Required<T>(this BufferView<T> view, long needed) where T : unmanaged =>
        view.IsAbsent ? throw new ArgumentException("A view that the operation needs is absent.")
        : view.Pointer(needed);
}
