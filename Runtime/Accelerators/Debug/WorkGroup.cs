using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Debug;

/// <summary>The work items of one group, taking turns: an item runs until a barrier or its end, then the next one does.
/// When none can go on, all that a barrier is for must stand at it.</summary>
internal sealed class WorkGroup : IDisposable
{
    private const int WidestExchange = 16; // bytes of a value

    private readonly List<WorkItem> _items = [];
    private readonly List<byte[]> _warpExchanges = [];
    private readonly List<IDisposable> _memory = [];
    private readonly List<object> _shared = []; // the group's arrays, in the order the kernel asks for them
    private readonly AutoResetEvent _paused = new(false);
    private DeviceException? _fault;
    private bool _stopping;
    private byte[] _exchanged = [];
    private HostMemory<byte>? _dynamicShared;

    public KernelDescriptor Kernel { get; private set; } = null!;
    public KernelArgument[] Arguments { get; private set; } = [];
    public KernelConfig Config { get; private set; }
    public Index3D Index { get; private set; }
    public int Count { get; private set; }

    /// <summary>Items of a warp; 0 in a kernel that may run where there are none.</summary>
    public int WarpSize => Kernel.Targets == KernelTargets.Cuda ? 32 : 0;

    /// <summary>An item that waits for other groups, as then all of this one do; null at the end.</summary>
    public WorkItem? WaitingForGroups => _items.Take(Count).FirstOrDefault(item => item.Waits == WaitScope.Groups);

    /// <summary>Runs one group, alone, to its end.</summary>
    /// <exception cref="DeviceException">An item failed; the message names kernel, group and item.</exception>
    public void Run(KernelDescriptor kernel, KernelArgument[] arguments, in KernelConfig config, Index3D index)
    {
        Start(kernel, arguments, config, index);
        try
        {
            Resume();
        }
        finally
        {
            Stop();
        }
    }

    /// <summary>Readies a group; <see cref="Resume"/> runs it, <see cref="Stop"/> ends it.</summary>
    public void Start(KernelDescriptor kernel, KernelArgument[] arguments, in KernelConfig config, Index3D index)
    {
        (Kernel, Arguments, Config, Index, _fault) = (kernel, arguments, config, index, null);
        Count = config.GroupDim.Size;
        while (_items.Count < Count)
            _items.Add(new WorkItem(this));
        for (int i = 0; i < Count; i++)
            _items[i].Start(i, Place(i));
    }

    /// <summary>Runs until the end, or until the group waits for others.</summary>
    public void Resume()
    {
        if (Count == 1 && !Kernel.IsCooperative)
            _items[0].RunHere();
        else
        {
            for (int i = 0; i < Count; i++)
                _items[i].Release();
            _items[0].TakeTurn();
            _paused.WaitOne();
        }
        if (_fault is not null)
            throw _fault;
    }

    /// <summary>An item stands at a barrier, or has returned: the next one takes its turn, or the group pauses. Runs on
    /// the item's thread, as the only one under way.</summary>
    public void Yield(WorkItem item)
    {
        if (item.Failure is { } failure)
            _fault = new DeviceException($"{item.Where}: {failure.Message}", failure);
        if (_stopping || item.IsAlone)
            return;
        int next = _items.FindIndex(item.Number, Count - item.Number, other => other.IsReady);
        if (next < 0 && _fault is null)
            next = ReleaseNext();
        if (next >= 0 && _fault is null)
            _items[next].TakeTurn();
        else
            _paused.Set();
    }

    /// <summary>Lets the items pass whose barrier is complete; the first of them, or -1.</summary>
    private int ReleaseNext()
    {
        bool released = false;
        for (int first = 0; WarpSize > 0 && first < Count; first += WarpSize)
        {
            List<WorkItem> warp = _items.GetRange(first, Math.Min(WarpSize, Count - first));
            if (warp.Find(item => item.Waits == WaitScope.Warp) is { } waiting && StandAt(waiting, warp))
            {
                released = true;
                warp.ForEach(item => item.Release());
            }
        }
        if (!released && _fault is null
            && _items.FindIndex(0, Count, item => !item.Finished) is >= 0 and int at
            && StandAt(_items[at], _items.GetRange(0, Count)) && _items[at].Waits == WaitScope.Group)
            for (int i = 0; i < Count; i++)
                _items[i].Release();
        return _items.FindIndex(0, Count, item => item.IsReady);
    }

    /// <summary>Whether all stand at the barrier where one waits; else that is the group's fault.</summary>
    private bool StandAt(WorkItem waiting, List<WorkItem> all)
    {
        foreach (WorkItem item in all)
            if (item.Finished)
                _fault = new DeviceException(
                    $"{item.Where}: returned while {waiting.Where} waits at the barrier in {waiting.Barrier}.");
            else if (item.Barrier != waiting.Barrier)
                _fault = new DeviceException($"{item.Where}: waits at the barrier in {item.Barrier} while "
                    + $"{waiting.Where} waits at the one in {waiting.Barrier}.");
        return _fault is null;
    }

    /// <summary>Ends what still waits at a barrier and frees the group's memory.</summary>
    public void Stop()
    {
        _stopping = true;
        for (int i = 0; i < Count; i++)
            if (!_items[i].Finished)
                _items[i].Abandon();
        _stopping = false;
        foreach (IDisposable block in _memory)
            block.Dispose();
        _memory.Clear();
        _shared.Clear();
        _dynamicShared = null;
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
        _memory.Add(block);
        return block.View;
    }

    /// <summary>The group's n-th shared array.</summary>
    public ArrayView<T> Shared<T>(int number, int length) where T : unmanaged
    {
        if (_shared.Count == number)
            _shared.Add(Allocate<T>(length));
        return _shared[number] is ArrayView<T> view && view.Length == length
            ? view : throw new KernelFaultException("Items of one group ask for different shared arrays.");
    }

    public ArrayView<T> DynamicShared<T>() where T : unmanaged
    {
        if (_dynamicShared is null)
            _memory.Add(_dynamicShared = new HostMemory<byte>(Config.SharedMemory.Bytes));
        return _dynamicShared.View.Cast<T>();
    }

    /// <summary>The buffer through which items exchange values.</summary>
    public Span<byte> Exchanged(int bytes)
    {
        if (_exchanged.Length < bytes)
            _exchanged = new byte[bytes];
        return _exchanged.AsSpan(0, bytes);
    }

    /// <summary>One of the two buffers through which a warp's lanes exchange values.</summary>
    public Span<byte> WarpExchange(int warp, int which)
    {
        while (_warpExchanges.Count <= warp)
            _warpExchanges.Add(new byte[2 * WarpSize * WidestExchange]);
        return _warpExchanges[warp].AsSpan(which * WarpSize * WidestExchange, WarpSize * WidestExchange);
    }

    public void Dispose()
    {
        foreach (WorkItem item in _items)
            item.Dispose();
        _paused.Dispose();
    }
}
