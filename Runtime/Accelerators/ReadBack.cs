using System.Runtime.InteropServices;
using ILGPU;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>Brings results to the host while the device goes on: what is begun now is ended later.</summary>
public abstract class ReadBack<T> : IDisposable where T : unmanaged
{
    /// <summary>Whether <see cref="Begin"/> itself waits for the device, so that nothing is gained by ending
    /// later.</summary>
    public abstract bool IsImmediate { get; }

    /// <summary>Asks for a copy of the views as they are once everything asked for before is done.</summary>
    /// <param name="first">Comes first.</param>
    /// <param name="second">Follows it; may be absent.</param>
    /// <exception cref="ArgumentException">Both together hold more than the capacity.</exception>
    public abstract void Begin(ArrayView<T> first, ArrayView<T> second = default);

    /// <summary>Waits for the copy begun last. Valid until the next <see cref="Begin"/>.</summary>
    /// <exception cref="DeviceException">Something queued before the copy failed.</exception>
    public abstract ReadOnlySpan<T> End();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    /// <summary>How many elements both views hold.</summary>
    protected static int Count(ArrayView<T> first, ArrayView<T> second, int capacity)
    {
        long count = first.Length + second.Length;
        return count <= capacity ? (int)count
            : throw new ArgumentException($"{count} elements do not fit into {capacity}.");
    }
}

/// <summary>Copies that wait, into memory of their own: none allocates.</summary>
/// <param name="engine">Whose views are read.</param>
/// <param name="capacity">Elements.</param>
internal sealed unsafe class ImmediateReadBack<T>(Engine engine, int capacity) : ReadBack<T> where T : unmanaged
{
    private readonly T* _values = (T*)NativeMemory.AlignedAlloc((nuint)(capacity * sizeof(T)), 64);
    private int _count;

    public override bool IsImmediate => true;

    public override void Begin(ArrayView<T> first, ArrayView<T> second = default)
    {
        _count = Count(first, second, capacity);
        if (first.IsValid)
            engine.CopyToHost(first, _values);
        if (second.IsValid)
            engine.CopyToHost(second, _values + first.Length);
        engine.Synchronize();
    }

    public override ReadOnlySpan<T> End() => new(_values, _count);

    protected override void Dispose(bool disposing) => NativeMemory.AlignedFree(_values);
}
