using GpuLstm.Kernels.Gpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>A way to run a layer's recurrence: what depends on the step before. The plan's gates come in as x's part of
/// the pre-activations and leave forward activated, backward as the gradients of the pre-activations.</summary>
internal abstract class LstmRecurrence(GpuEngine engine) : IDisposable
{
    private readonly List<IDisposable> _buffers = [];

    protected KernelLaunchers Kernels { get; } = engine.Launchers;

    protected AcceleratorStream Stream { get; } = engine.Stream;

    protected Operations Operations => engine.Operations;

    /// <summary>Chooses by the device's limits, and allocates what the way needs.</summary>
    public static LstmRecurrence Create(GpuEngine engine, LstmDescriptor descriptor) =>
        engine.OnChip(engine.Limits, descriptor) is { } schedule ? schedule.Recurrence(engine, descriptor)
        : RunsWholeSequence(engine.Limits, descriptor.HiddenSize)
            ? new SequenceRecurrence(engine, descriptor) : new StepRecurrence(engine, descriptor);

    /// <summary>Whether all steps go into one launch: a group then has an item for each unit, and shared memory for
    /// what they hand on.</summary>
    public static bool RunsWholeSequence(GpuLimits limits, int hiddenSize) =>
        hiddenSize <= Math.Min(LstmSequence.LargestHidden, limits.MaxGroupSize)
        && LstmSequence.SharedBytes(hiddenSize) <= limits.DeclaredSharedBytes;

    /// <summary>Overwrites the pass's Y, and the plan's gates and cells.</summary>
    public abstract void Forward(GpuLstmPlan plan, in LstmForwardPass pass);

    /// <summary>Overwrites the plan's gates, and the pass's DH0 and DC0 where given.</summary>
    public abstract void Backward(GpuLstmPlan plan, in LstmBackwardPass pass);

    /// <summary>Workspace that lives as long as the recurrence.</summary>
    protected ArrayView<T> Allocate<T>(long length) where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = engine.AllocateWorkspace<T>(length);
        _buffers.Add(buffer);
        return buffer.AsContiguous();
    }

    public void Dispose()
    {
        foreach (IDisposable buffer in _buffers)
            buffer.Dispose();
        _buffers.Clear();
    }
}
