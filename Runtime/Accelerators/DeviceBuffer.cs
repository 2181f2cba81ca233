using System.Runtime.CompilerServices;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>Memory of an accelerator. Operations take views of it; only whole transfers touch it from the
/// host.</summary>
public abstract class DeviceBuffer<T> : IDisposable where T : unmanaged
{
    protected DeviceBuffer(long length)
    {
        Length = length;
        DeviceMemory.Add(length * Unsafe.SizeOf<T>());
    }

    /// <summary>Elements.</summary>
    public long Length { get; }

    public BufferView<T> View => new(this, 0, Length);

    /// <summary>Copies from the host; returns when <paramref name="values"/> may be reused.</summary>
    public abstract void CopyFrom(long offset, ReadOnlySpan<T> values);

    /// <summary>Waits for the work that writes the buffer, then copies to the host.</summary>
    public abstract void CopyTo(long offset, Span<T> values);

    /// <exception cref="ArgumentOutOfRangeException">The elements do not lie within the buffer.</exception>
    protected void CheckRange(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>A part of a device buffer: what operations take. <c>default</c> is the absent view of an optional
/// argument.</summary>
public readonly record struct BufferView<T>(DeviceBuffer<T> Buffer, long Offset, long Length) where T : unmanaged
{
    /// <summary>Whether this is an optional argument left out.</summary>
    public bool IsAbsent => Buffer is null;

    /// <exception cref="ArgumentOutOfRangeException">The part does not lie within this view.</exception>
    public BufferView<T> Slice(long start, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, Length);
        return new(Buffer, Offset + start, length);
    }

    /// <summary>Copies from the host.</summary>
    public void CopyFrom(ReadOnlySpan<T> values) =>
        Buffer.CopyFrom(Offset, CheckLength(values.Length) ? values : default);

    /// <summary>Waits, and copies to the host.</summary>
    public void CopyTo(Span<T> values) => Buffer.CopyTo(Offset, CheckLength(values.Length) ? values : default);

    /// <summary>Waits, and returns a copy on the host.</summary>
    public T[] ToArray()
    {
        var values = new T[Length];
        CopyTo(values);
        return values;
    }

    private bool CheckLength(long length) => length <= Length
        ? true
        : throw new ArgumentOutOfRangeException(nameof(length), length, $"The view holds {Length} elements.");
}
