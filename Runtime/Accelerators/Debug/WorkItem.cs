using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Debug;

/// <summary>One work item: a thread of its own that runs only when it is its turn.</summary>
internal sealed class WorkItem(WorkGroup group, SemaphoreSlim turnOver) : IKernelContext, IDisposable
{
    private const int StackBytes = 256 * 1024;

    private readonly SemaphoreSlim turn = new(0);
    private Thread? thread;
    private int sharedArrays; // asked for so far
    private bool abandoned, closing;

    public bool Finished { get; private set; }
    public Exception? Failure { get; private set; }
    /// <summary>File and line of the barrier it waits at.</summary>
    public string Barrier { get; private set; } = "";
    public string Where =>
        $"Kernel {group.Kernel.Name}, group {Text(Group)}, item {Text(Item)}";

    public Index3D Item { get; private set; }
    public Index3D GroupSize => group.Config.GroupDim;
    public Index3D Group => group.Index;
    public Index3D GridSize => group.Config.GridDim;

    /// <summary>Readies the item for a run of the group.</summary>
    public void Start(Index3D item)
    {
        (Item, Finished, Failure, Barrier, sharedArrays, abandoned) = (item, false, null, "", 0, false);
    }

    /// <summary>Runs the whole item on the caller's thread: it is alone in its group.</summary>
    public void RunHere()
    {
        alone = true;
        Run();
        alone = false;
    }

    private bool alone;

    /// <summary>Lets the item run until its next barrier or its end; then it releases the group.</summary>
    public void TakeTurn()
    {
        if (thread is null)
        {
            thread = new Thread(Loop, StackBytes) { IsBackground = true, Name = "kernel item" };
            thread.Start();
        }
        turn.Release();
    }

    /// <summary>Ends the item where it stands.</summary>
    public void Abandon()
    {
        abandoned = true;
        TakeTurn();
    }

    private void Loop()
    {
        while (true)
        {
            turn.Wait();
            if (closing)
                return;
            if (abandoned)
                Finished = true;
            else
                Run();
            turnOver.Release();
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
        }
    }

    void IKernelContext.Barrier(string file, int line)
    {
        if (alone)
            return;
        Barrier = $"{Path.GetFileName(file)}, line {line}";
        turnOver.Release();
        turn.Wait();
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
        turn.Release();
        thread?.Join();
        turn.Dispose();
    }

    private sealed class AbandonedException : Exception;
}
