using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Debug;

/// <summary>One work item: a thread of its own that runs only when it is its turn.</summary>
internal sealed class WorkItem(WorkGroup group) : IKernelContext, IDisposable
{
    private const int StackBytes = 256 * 1024;

    // Events of the system, because the slim ones spin before they sleep, and hundreds of items wait at a time.
    private readonly AutoResetEvent turn = new(false), gone = new(false);
    private Thread? thread;
    private int sharedArrays; // asked for so far
    private bool abandoned, closing;

    public bool Finished { get; private set; }
    public Exception? Failure { get; private set; }
    /// <summary>File and line of the barrier it waits at.</summary>
    public string Barrier { get; private set; } = "";
    public string Where =>
        $"Kernel {group.Kernel.Name}, group {Text(Group)}, item {Text(Item)}";

    /// <summary>In the group.</summary>
    public int Number { get; private set; }
    public Index3D Item { get; private set; }
    public Index3D GroupSize => group.Config.GroupDim;
    public Index3D Group => group.Index;
    public Index3D GridSize => group.Config.GridDim;

    /// <summary>Readies the item for a run of the group.</summary>
    public void Start(int number, Index3D item)
    {
        (Number, Item, Finished, Failure, Barrier, sharedArrays, abandoned) = (number, item, false, null, "", 0, false);
    }

    /// <summary>Runs the whole item on the caller's thread: it is alone in its group.</summary>
    public void RunHere()
    {
        alone = true;
        Run();
        alone = false;
    }

    private bool alone;

    /// <summary>Lets the item run until its next barrier or its end; then it yields to the group.</summary>
    public void TakeTurn()
    {
        if (thread is null)
        {
            thread = new Thread(Loop, StackBytes) { IsBackground = true, Name = "kernel item" };
            thread.Start();
        }
        turn.Set();
    }

    /// <summary>Ends the item where it stands, and waits for that.</summary>
    public void Abandon()
    {
        abandoned = true;
        TakeTurn();
        gone.WaitOne();
    }

    private void Loop()
    {
        while (true)
        {
            turn.WaitOne();
            if (closing)
                return;
            if (abandoned)
                Finished = true;
            else
                Run();
            if (abandoned)
                gone.Set();
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

    void IKernelContext.Barrier(string file, int line)
    {
        if (alone)
            return;
        Barrier = $"{Path.GetFileName(file)}, line {line}";
        group.Yield(this);
        turn.WaitOne();
        if (abandoned)
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

    public ArrayView<T> AllocateShared<T>(int length) where T : unmanaged => group.Shared<T>(sharedArrays++, length);
    public ArrayView<T> DynamicShared<T>() where T : unmanaged => group.DynamicShared<T>();
    public ArrayView<T> AllocateLocal<T>(int length) where T : unmanaged => group.Allocate<T>(length);

    private static string Text(Index3D index) => $"({index.X}, {index.Y}, {index.Z})";

    public void Dispose()
    {
        closing = true;
        turn.Set();
        thread?.Join();
        turn.Dispose();
        gone.Dispose();
    }

    private sealed class AbandonedException : Exception;
}
