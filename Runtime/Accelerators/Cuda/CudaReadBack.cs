using ILGPU;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Page-locked host memory that the device writes while the host goes on.</summary>
internal sealed unsafe class CudaReadBack<T> : ReadBack<T> where T : unmanaged
{
    private readonly CudaEngine _engine;
    private readonly int _capacity;
    private readonly nint _done; // event
    private T* _values;
    private int _count;

    public CudaReadBack(CudaEngine engine, int capacity)
    {
        (_engine, _capacity) = (engine, capacity);
        engine.RefuseWhileRecording();
        using var binding = engine.Enter();
        nint bytes = Math.Max(capacity, 1) * sizeof(T);
        engine.Check((int)CudaAPI.CurrentAPI.AllocateHostMemory(out nint memory, bytes), "cuMemAllocHost_v2");
        engine.Check((int)CudaAPI.CurrentAPI.CreateEvent(out _done, CudaEventFlags.CU_EVENT_DISABLE_TIMING),
            "cuEventCreate");
        _values = (T*)memory;
    }

    public override bool IsImmediate => false;

    public override void Begin(ArrayView<T> first, ArrayView<T> second = default)
    {
        _count = Count(first, second, _capacity);
        _engine.RefuseWhileRecording();
        if (first.IsValid)
            _engine.CopyToHost(first, _values);
        if (second.IsValid)
            _engine.CopyToHost(second, _values + first.Length);
        using var binding = _engine.Enter();
        _engine.Check((int)CudaAPI.CurrentAPI.RecordEvent(_done, _engine.StreamHandle), "cuEventRecord");
    }

    public override ReadOnlySpan<T> End()
    {
        _engine.RefuseWhileRecording();
        using var binding = _engine.Enter();
        _engine.Check((int)CudaAPI.CurrentAPI.SynchronizeEvent(_done), "cuEventSynchronize");
        return new(_values, _count);
    }

    protected override void Dispose(bool disposing)
    {
        if (_values == null || _engine.IsGone)
            return;
        using var binding = _engine.Enter();
        _ = CudaAPI.CurrentAPI.SynchronizeEvent(_done); // the device may still be writing
        _ = CudaAPI.CurrentAPI.DestroyEvent(_done);
        _ = CudaAPI.CurrentAPI.FreeHostMemory((nint)_values);
        _values = null;
    }
}
