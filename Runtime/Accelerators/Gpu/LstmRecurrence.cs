using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>A way to run a layer's recurrence: what depends on the step before. The plan's gates come in as x's part of
/// the pre-activations and leave forward activated, backward as the gradients of the pre-activations.</summary>
internal abstract class LstmRecurrence(GpuAccelerator accelerator) : IDisposable
{
    private readonly List<IDisposable> _buffers = [];

    protected IKernelLauncher Launcher { get; } = accelerator.Launcher;

    protected Operations Operations => accelerator.Operations;

    /// <summary>Chooses by the device's limits, and allocates what the way needs.</summary>
    public static LstmRecurrence Create(GpuAccelerator accelerator, LstmDescriptor descriptor)
    {
        if (!accelerator.Limits.IsGpu && RowRecurrence.Tile(accelerator.Limits, descriptor) is > 0 and int tile)
            return new RowRecurrence(accelerator, descriptor, tile);
        if (LstmPlanner.Persistent(accelerator.Limits, descriptor) is { } persistent)
            return new PersistentRecurrence(accelerator, descriptor, persistent);
        if (SpreadPlanner.Choose(accelerator.Limits, descriptor) is { } spread)
            return new SpreadRecurrence(accelerator, descriptor, spread);
        LstmSchedule schedule = LstmSchedule.Choose(accelerator.Limits, descriptor.HiddenSize);
        return schedule.WholeSequence
            ? new SequenceRecurrence(accelerator, descriptor, schedule)
            : new StepRecurrence(accelerator, descriptor);
    }

    /// <summary>Overwrites the pass's Y, and the plan's gates and cells.</summary>
    public abstract void Forward(GpuLstmPlan plan, in LstmForwardPass pass);

    /// <summary>Overwrites the plan's gates, and the pass's DH0 and DC0 where given.</summary>
    public abstract void Backward(GpuLstmPlan plan, in LstmBackwardPass pass);

    /// <summary>Workspace that lives as long as the recurrence.</summary>
    protected BufferView<T> Allocate<T>(long length) where T : unmanaged
    {
        DeviceBuffer<T> buffer = accelerator.AllocateWorkspace<T>(length);
        _buffers.Add(buffer);
        return buffer.View;
    }

    public void Dispose()
    {
        foreach (IDisposable buffer in _buffers)
            buffer.Dispose();
        _buffers.Clear();
    }
}
