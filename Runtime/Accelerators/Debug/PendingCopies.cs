namespace GpuLstm.Runtime.Accelerators.Debug;

/// <summary>An item's asynchronous copies: made as late as a device may make them, at the wait.</summary>
internal sealed class PendingCopies
{
    private readonly Queue<List<Action>> _committed = new();
    private List<Action> _open = [];

    public void Add(Action copy) => _open.Add(copy);

    public void Commit()
    {
        _committed.Enqueue(_open);
        _open = [];
    }

    /// <summary>Makes all but the <paramref name="newest"/> batches committed last.</summary>
    public void Wait(int newest)
    {
        while (_committed.Count > newest)
            foreach (Action copy in _committed.Dequeue())
                copy();
    }

    /// <summary>Forgets what nobody waited for.</summary>
    public void Clear()
    {
        _committed.Clear();
        _open = [];
    }
}
