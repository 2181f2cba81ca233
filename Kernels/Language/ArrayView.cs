using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Language;

/// <summary>A window of <see cref="Length"/> elements on a buffer. Kernels index it; host code hands it to a launcher.
/// On memory of the host every access is checked; on a device's memory the host cannot index it.</summary>
/// <typeparam name="T">A number, <see cref="Float2"/>, <see cref="Float4"/> or a struct of numbers.</typeparam>
public readonly unsafe struct ArrayView<T> where T : unmanaged
{
    private readonly T* first; // null on a device

    /// <summary>A window on <paramref name="buffer"/>, whose creator answers for offset and length.</summary>
    /// <param name="buffer">The memory.</param>
    /// <param name="offset">Bytes from the buffer's start; a multiple of the element's alignment.</param>
    /// <param name="length">Elements.</param>
    public ArrayView(IKernelBuffer buffer, long offset, long length)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Buffer = buffer;
        ByteOffset = offset;
        Length = length;
        first = buffer.HostAddress == 0 ? null : (T*)(buffer.HostAddress + offset);
    }

    /// <summary>The memory behind the view; null in a default view, which is empty.</summary>
    public IKernelBuffer? Buffer { get; }
    /// <summary>Bytes between the buffer's start and the view's first element.</summary>
    public long ByteOffset { get; }
    public long Length { get; }
    public int IntLength => checked((int)Length);
    public long LengthInBytes => Length * sizeof(T);

    /// <summary>The element at <paramref name="index"/>.</summary>
    /// <exception cref="KernelFaultException">The index is outside the view.</exception>
    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index >= (ulong)Length || first == null)
                throw new KernelFaultException(first == null && Length > 0
                    ? "A view of a device's memory was indexed on the host; copy the buffer first."
                    : $"Index {index} is outside a view of {Length} elements.");
            return ref first[index];
        }
    }

    /// <inheritdoc cref="this[long]"/>
    public ref T this[int index] => ref this[(long)index];

    /// <inheritdoc cref="this[long]"/>
    public ref T this[Index1D index] => ref this[(long)index.X];

    /// <summary>The elements from <paramref name="index"/> on.</summary>
    public ArrayView<T> SubView(long index) => SubView(index, Length - index);

    /// <summary><paramref name="length"/> elements from <paramref name="index"/> on.</summary>
    /// <exception cref="KernelFaultException">They are not all inside the view.</exception>
    public ArrayView<T> SubView(long index, long length)
    {
        if (index < 0 || length < 0 || index > Length - length)
            throw new KernelFaultException($"{length} elements from {index} on leave a view of {Length} elements.");
        return Buffer is null ? default : new(Buffer, ByteOffset + index * sizeof(T), length);
    }

    /// <summary>The same memory seen as elements of another type; a rest smaller than one element is cut off.</summary>
    /// <exception cref="KernelFaultException">The view does not start at a multiple of the new element's
    /// alignment.</exception>
    public ArrayView<TOther> Cast<TOther>() where TOther : unmanaged
    {
        int alignment = sizeof(TOther) is 2 or 4 or 8 or 16 ? sizeof(TOther) : 1;
        if (ByteOffset % alignment != 0)
            throw new KernelFaultException(
                $"A view at byte {ByteOffset} cannot be read as {typeof(TOther).Name}: it needs a multiple of "
                + $"{alignment}.");
        return Buffer is null ? default : new(Buffer, ByteOffset, LengthInBytes / sizeof(TOther));
    }

    /// <summary>The elements as a span, for host code.</summary>
    /// <exception cref="KernelFaultException">The memory is a device's.</exception>
    public Span<T> AsSpan() => first == null && Length > 0
        ? throw new KernelFaultException("A device's memory cannot be read on the host; copy the buffer first.")
        : new(first, IntLength);
}
