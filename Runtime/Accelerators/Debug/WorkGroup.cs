using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Debug;

/// <summary>The work items of one group, taking turns: an item runs until a barrier or its end, then the next one does.
/// After a round all must stand at the same barrier, or all have returned.</summary>
internal sealed class WorkGroup : IDisposable
{
    private readonly List<WorkItem> items = [];
    private readonly List<IDisposable> memory = [];
    private readonly List<object> shared = []; // the group's arrays, in the order the kernel asks for them
    private readonly AutoResetEvent ended = new(false);
    private DeviceException? fault;
    private bool stopping;
    private byte[] exchanged = [];
    private HostMemory<byte>? dynamicShared;

    public KernelDescriptor Kernel { get; private set; } = null!;
    public KernelArgument[] Arguments { get; private set; } = [];
    public KernelConfig Config { get; private set; }
    public Index3D Index { get; private set; }
    public int Count { get; private set; }

    /// <summary>Runs one group to its end.</summary>
    /// <exception cref="DeviceException">An item failed; the message names kernel, group and item.</exception>
    public void Run(KernelDescriptor kernel, KernelArgument[] arguments, in KernelConfig config, Index3D index)
    {
        (Kernel, Arguments, Config, Index) = (kernel, arguments, config, index);
        Count = config.GroupDim.Size;
        while (items.Count < Count)
            items.Add(new WorkItem(this));
        for (int i = 0; i < Count; i++)
            items[i].Start(i, Place(i));
        fault = null;
        try
        {
            if (Count == 1)
                items[0].RunHere();
            else
            {
                items[0].TakeTurn();
                ended.WaitOne();
            }
            if (fault is not null)
                throw fault;
        }
        finally
        {
            Stop();
        }
    }

    /// <summary>An item stands at a barrier, or has returned: the next one takes its turn, or the group ends. Runs on the
    /// item's thread, as the only one under way.</summary>
    public void Yield(WorkItem item)
    {
        if (item.Failure is { } failure)
            fault = new DeviceException($"{item.Where}: {failure.Message}", failure);
        if (stopping || Count == 1)
            return;
        int next = item.Number + 1;
        while (next < Count && items[next].Finished)
            next++;
        if (next == Count)
            next = fault is null ? NextRound() : Count;
        if (next < Count && fault is null)
            items[next].TakeTurn();
        else
            ended.Set();
    }

    /// <summary>The first item of another round, once all stand at the same barrier; Count when all have returned.</summary>
    private int NextRound()
    {
        int first = items.FindIndex(0, Count, item => !item.Finished);
        if (first < 0)
            return Count;
        WorkItem waiting = items[first];
        for (int i = 0; i < Count; i++)
            if (items[i].Finished)
                fault = new DeviceException($"{items[i].Where}: returned while {waiting.Where} waits at the barrier in {waiting.Barrier}.");
            else if (items[i].Barrier != waiting.Barrier)
                fault = new DeviceException($"{items[i].Where}: waits at the barrier in {items[i].Barrier} while "
                    + $"{waiting.Where} waits at the one in {waiting.Barrier}.");
        return first;
    }

    /// <summary>Ends what still waits at a barrier and frees the group's memory.</summary>
    private void Stop()
    {
        stopping = true;
        for (int i = 0; i < Count; i++)
            if (!items[i].Finished)
                items[i].Abandon();
        stopping = false;
        foreach (IDisposable block in memory)
            block.Dispose();
        memory.Clear();
        shared.Clear();
        dynamicShared = null;
    }

    private Index3D Place(int i)
    {
        Index3D size = Config.GroupDim;
        return new Index3D(i % size.X, i / size.X % size.Y, i / size.X / size.Y);
    }

    /// <summary>Memory that lives as long as the group.</summary>
    public ArrayView<T> Allocate<T>(long length) where T : unmanaged
    {
        HostMemory<T> block = new(length);
        memory.Add(block);
        return block.View;
    }

    /// <summary>The group's n-th shared array.</summary>
    public ArrayView<T> Shared<T>(int number, int length) where T : unmanaged
    {
        if (shared.Count == number)
            shared.Add(Allocate<T>(length));
        return shared[number] is ArrayView<T> view && view.Length == length
            ? view : throw new KernelFaultException("Items of one group ask for different shared arrays.");
    }

    public ArrayView<T> DynamicShared<T>() where T : unmanaged
    {
        if (dynamicShared is null)
            memory.Add(dynamicShared = new HostMemory<byte>(Config.SharedMemory.Bytes));
        return dynamicShared.View.Cast<T>();
    }

    /// <summary>The buffer through which items exchange values.</summary>
    public Span<byte> Exchanged(int bytes)
    {
        if (exchanged.Length < bytes)
            exchanged = new byte[bytes];
        return exchanged.AsSpan(0, bytes);
    }

    public void Dispose()
    {
        foreach (WorkItem item in items)
            item.Dispose();
        ended.Dispose();
    }
}
