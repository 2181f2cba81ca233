using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Work that runs as it is the first time, which compiles its kernels and makes its workspace; the second time
/// it is recorded as a graph, and from then on launched as a whole: one call for hundreds of kernels (CUDA Driver API,
/// "Graph Management").</summary>
internal sealed unsafe class CudaReplay(CudaEngine engine, Action work) : IReplay
{
    private bool _prepared;
    private nint _executable;

    public void Run()
    {
        if (!_prepared || engine.IsProfiling) // recorded work would escape being timed
        {
            work();
            _prepared = true;
            return;
        }
        if (_executable == 0)
            _executable = Instantiate(engine.Capture(work));
        using var binding = engine.Enter();
        engine.Check(cuGraphLaunch(_executable, engine.StreamHandle), nameof(cuGraphLaunch));
    }

    /// <param name="graph">Is destroyed.</param>
    private nint Instantiate(nint graph)
    {
        using var binding = engine.Enter();
        nint executable;
        int code = cuGraphInstantiateWithFlags(&executable, graph, 0);
        _ = cuGraphDestroy(graph);
        engine.Check(code, nameof(cuGraphInstantiateWithFlags));
        engine.Check(cuGraphUpload(executable, engine.StreamHandle), nameof(cuGraphUpload));
        return executable;
    }

    public void Dispose()
    {
        if (_executable != 0 && !engine.IsGone)
        {
            using var binding = engine.Enter();
            _ = cuGraphExecDestroy(_executable);
        }
        _executable = 0;
    }
}
