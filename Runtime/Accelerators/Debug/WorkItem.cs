using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Debug;

/// <summary>Whom an item waits for.</summary>
internal enum WaitScope
{
    Nobody,
    Warp,
    Group,
    Groups,
}

/// <summary>One work item: a thread of its own that runs only when it is its turn.</summary>
internal sealed class WorkItem(WorkGroup group) : IKernelContext, IDisposable
{
    private const int StackBytes = 256 * 1024;

    // Events of the system, because the slim ones spin before they sleep, and hundreds of items wait at a time.
    private readonly AutoResetEvent _turn = new(false), _gone = new(false);
    private readonly PendingCopies _copies = new();
    private Thread? _thread;
    private int _sharedArrays; // asked for so far
    private int _exchanges;    // in the warp, so far
    private bool _abandoned, _closing;

    public bool Finished { get; private set; }
    public Exception? Failure { get; private set; }
    public WaitScope Waits { get; private set; }
    public bool IsReady => !Finished && Waits == WaitScope.Nobody;
    /// <summary>Kind, file and line of the barrier it waits at.</summary>
    public string Barrier { get; private set; } = "";
    public string Where => $"Kernel {group.Kernel.Name}, group {Text(Group)}, item {Text(Item)}";

    /// <summary>Whether it runs on the caller's thread, as its group's only item.</summary>
    public bool IsAlone { get; private set; }

    /// <summary>In the group.</summary>
    public int Number { get; private set; }
    public Index3D Item { get; private set; }
    public Index3D GroupSize => group.Config.GroupDim;
    public Index3D Group => group.Index;
    public Index3D GridSize => group.Config.GridDim;
    public int WarpSize => group.WarpSize;

    /// <summary>Readies the item for a run of the group.</summary>
    public void Start(int number, Index3D item)
    {
        (Number, Item, Finished, Failure, _abandoned) = (number, item, false, null, false);
        (Waits, Barrier, _sharedArrays, _exchanges) = (WaitScope.Nobody, "", 0, 0);
        _copies.Clear();
    }

    /// <summary>Runs the whole item on the caller's thread: it is alone in its group.</summary>
    public void RunHere()
    {
        IsAlone = true;
        Run();
        IsAlone = false;
    }

    /// <summary>Its barrier is complete: it may go on when its turn comes.</summary>
    public void Release() => Waits = WaitScope.Nobody;

    /// <summary>Lets the item run until its next barrier or its end; then it yields to the group.</summary>
    public void TakeTurn()
    {
        if (_thread is null)
        {
            _thread = new Thread(Loop, StackBytes) { IsBackground = true, Name = "kernel item" };
            _thread.Start();
        }
        _turn.Set();
    }

    /// <summary>Ends the item where it stands, and waits for that.</summary>
    public void Abandon()
    {
        _abandoned = true;
        TakeTurn();
        _gone.WaitOne();
    }

    private void Loop()
    {
        while (true)
        {
            _turn.WaitOne();
            if (_closing)
                return;
            if (_abandoned)
                Finished = true;
            else
                Run();
            if (_abandoned)
                _gone.Set();
        }
    }

    private void Run()
    {
        KernelContext.Enter(this);
        try
        {
            group.Kernel.Run(group.Arguments);
        }
        catch (AbandonedException)
        {
            // another item failed, and its failure is the one to report
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Failure = failure;
        }
        finally
        {
            KernelContext.Enter(null);
            Finished = true;
            group.Yield(this);
        }
    }

    void IKernelContext.Barrier(string file, int line) => Wait(WaitScope.Group, "", file, line);

    private void Wait(WaitScope scope, string kind, string file, int line)
    {
        if (IsAlone)
            return;
        (Waits, Barrier) = (scope, $"{kind}{Path.GetFileName(file)}, line {line}");
        group.Yield(this);
        _turn.WaitOne();
        if (_abandoned)
            throw new AbandonedException();
    }

    public ReadOnlySpan<T> Exchange<T>(T value, string file, int line) where T : unmanaged
    {
        IKernelContext context = this;
        context.Barrier(file, line); // nobody reads the values of the exchange before any more
        Span<T> values = MemoryMarshal.Cast<byte, T>(group.Exchanged(group.Count * Unsafe.SizeOf<T>()));
        values[(Item.Z * GroupSize.Y + Item.Y) * GroupSize.X + Item.X] = value;
        context.Barrier(file, line);
        return values;
    }

    public ReadOnlySpan<T> ExchangeInWarp<T>(T value, string file, int line) where T : unmanaged
    {
        // A lane is at most one exchange ahead of another, so two places do for all.
        Span<T> Lanes(int which) => MemoryMarshal.Cast<byte, T>(
            group.WarpExchange(Number / WarpSize, which)[..(WarpSize * Unsafe.SizeOf<T>())]);
        int turn = _exchanges++ % 2;
        Lanes(turn)[Number % WarpSize] = value;
        Wait(WaitScope.Warp, "the warp, ", file, line);
        return Lanes(turn);
    }

    public void BarrierAlongX(string file, int line) => Wait(WaitScope.Groups, "the grid, ", file, line);

    public void CopyLater(Action copy) => _copies.Add(copy);
    public void CommitCopies() => _copies.Commit();
    public void WaitForCopies(int newest) => _copies.Wait(newest);

    public ArrayView<T> AllocateShared<T>(int length) where T : unmanaged => group.Shared<T>(_sharedArrays++, length);
    public ArrayView<T> DynamicShared<T>() where T : unmanaged => group.DynamicShared<T>();
    public ArrayView<T> AllocateLocal<T>(int length) where T : unmanaged => group.Allocate<T>(length);

    private static string Text(Index3D index) => $"({index.X}, {index.Y}, {index.Z})";

    public void Dispose()
    {
        _closing = true;
        _turn.Set();
        _thread?.Join();
        _turn.Dispose();
        _gone.Dispose();
    }

    private sealed class AbandonedException : Exception;
}
