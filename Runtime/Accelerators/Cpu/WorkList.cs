using System.Runtime.InteropServices;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>Pieces of work that each worker goes through on its own share, one after the other, without waiting for the
/// others in between.</summary>
internal sealed unsafe class WorkList(WorkerPool pool) : IDisposable
{
    private const int Alignment = 16;

    private byte* _entries;
    private nuint _capacity, _used;

    /// <summary>Before the arguments of a piece.</summary>
    private struct Header
    {
        public delegate*<ref byte, int, int, void> Work;
        public nuint Bytes; // to the next one
    }

    private struct Entries
    {
        public byte* First, End;
    }

    /// <summary>Adds work(arguments, worker, workers), which must not throw; the arguments are copied.</summary>
    public void Add<T>(delegate*<in T, int, int, void> work, in T arguments) where T : unmanaged
    {
        nuint bytes = (nuint)(sizeof(Header) + sizeof(T) + Alignment - 1) / Alignment * Alignment;
        if (_used + bytes > _capacity)
        {
            _capacity = 2 * (_used + bytes);
            _entries = (byte*)NativeMemory.AlignedRealloc(_entries, _capacity, Alignment);
        }
        *(Header*)(_entries + _used) = new() { Work = (delegate*<ref byte, int, int, void>)work, Bytes = bytes };
        *(T*)(_entries + _used + sizeof(Header)) = arguments;
        _used += bytes;
    }

    /// <summary>Forgets what was added.</summary>
    public void Clear() => _used = 0;

    /// <summary>Runs all that was added, and forgets it.</summary>
    public void Run()
    {
        pool.Run(&Each, new Entries { First = _entries, End = _entries + _used });
        Clear();
    }

    private static void Each(in Entries entries, int worker, int workers)
    {
        for (byte* entry = entries.First; entry < entries.End; entry += ((Header*)entry)->Bytes)
            ((Header*)entry)->Work(ref *(entry + sizeof(Header)), worker, workers);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_entries);
        _entries = null;
        _capacity = _used = 0;
    }
}
