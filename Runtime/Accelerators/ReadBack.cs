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
    public abstract void Begin(BufferView<T> first, BufferView<T> second = default);

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
    protected static int Count(BufferView<T> first, BufferView<T> second, int capacity)
    {
        long count = first.Length + second.Length;
        return count <= capacity ? (int)count
            : throw new ArgumentException($"{count} elements do not fit into {capacity}.");
    }
}

/// <summary>For accelerators whose copies wait.</summary>
internal sealed class ImmediateReadBack<T>(int capacity) : ReadBack<T> where T : unmanaged
{
    private readonly T[] _values = new T[capacity];
    private int _count;

    public override bool IsImmediate => true;

    public override void Begin(BufferView<T> first, BufferView<T> second = default)
    {
        _count = Count(first, second, _values.Length);
        first.CopyTo(_values.AsSpan(0, (int)first.Length));
        if (!second.IsAbsent)
            second.CopyTo(_values.AsSpan((int)first.Length, (int)second.Length));
    }

    public override ReadOnlySpan<T> End() => _values.AsSpan(0, _count);

    protected override void Dispose(bool disposing) { }
}
