namespace GpuLstm.Runtime.Accelerators;

/// <summary>Work that is asked for again and again; see <see cref="Engine.Record"/>.</summary>
public interface IReplay : IDisposable
{
    /// <summary>Does the work once more, in the order of everything else asked for.</summary>
    void Run();
}

/// <summary>Where nothing is gained by recording.</summary>
internal sealed class DirectReplay(Action work) : IReplay
{
    public void Run() => work();

    public void Dispose() { }
}
