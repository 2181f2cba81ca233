using GpuLstm.Kernels.Gpu;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>How a layer's recurrence runs in one launch with all recurrent weights on chip.</summary>
public abstract record OnChipSchedule
{
    /// <summary>The way for a device and a layer: all weights on each multiprocessor where they fit, else spread over
    /// all; null where neither can be.</summary>
    public static OnChipSchedule? Choose(GpuLimits limits, LstmDescriptor layer) =>
        PersistentPlanner.Choose(limits, layer) ?? (OnChipSchedule?)SpreadPlanner.Choose(limits, layer);

    /// <summary>Allocates what the way needs.</summary>
    internal abstract LstmRecurrence Recurrence(GpuEngine engine, LstmDescriptor descriptor);

    /// <summary>Quads of dynamic shared memory of a group.</summary>
    public abstract int SharedQuads(bool backward);

    /// <summary>Bytes of shared memory of a group.</summary>
    public long SharedBytes(bool backward) => 4L * sizeof(float) * SharedQuads(backward);
}
