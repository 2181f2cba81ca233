using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Recorded work, launched as a whole: one call for hundreds of kernels.</summary>
internal sealed unsafe class CudaGraph : IDisposable
{
    private readonly CudaContext _context;
    private nint _executable;

    /// <param name="graph">From <c>cuStreamEndCapture</c>; is destroyed.</param>
    public CudaGraph(CudaContext context, nint graph)
    {
        _context = context;
        nint executable;
        int code = cuGraphInstantiateWithFlags(&executable, graph, 0);
        _ = cuGraphDestroy(graph);
        context.Check(code, nameof(cuGraphInstantiateWithFlags));
        _executable = executable;
        context.Check(cuGraphUpload(executable, context.Stream), nameof(cuGraphUpload));
    }

    public void Launch()
    {
        _context.Enter();
        _context.Check(cuGraphLaunch(_executable, _context.Stream), nameof(cuGraphLaunch));
    }

    public void Dispose()
    {
        if (_executable != 0 && _context.TryEnter())
            _ = cuGraphExecDestroy(_executable);
        _executable = 0;
    }
}

/// <summary>Work that runs as it is the first time, which compiles its kernels and makes its workspace; the second time
/// it is recorded, and from then on replayed.</summary>
internal sealed class CudaReplay(CudaContext context, Action work) : IReplay
{
    private bool _prepared;
    private CudaGraph? _graph;

    public void Run()
    {
        if (!_prepared || context.IsProfiling)
        {
            work();
            _prepared = true;
            return;
        }
        _graph ??= context.Record(work);
        _graph.Launch();
    }

    public void Dispose() => _graph?.Dispose();
}
