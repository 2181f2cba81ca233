using GpuLstm.Kernels.Gpu;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>How a layer's recurrence runs with all weights on each multiprocessor; see <see cref="LstmPersistent"/> for
/// the words.</summary>
/// <param name="Variant">The kernels.</param>
/// <param name="Slices">Lanes that share a hidden unit.</param>
/// <param name="Units">H rounded up to whole warps.</param>
/// <param name="Places">Quads of weights of an item.</param>
public sealed record PersistentSchedule(OnChipVariant Variant, int Slices, int Units, int Places) : OnChipSchedule
{
    /// <summary>Of a group.</summary>
    public int Items => Units * Slices;

    /// <summary>Quads of an item in shared memory.</summary>
    public int FarPlaces => Places - Variant.Kept;

    /// <inheritdoc/>
    public override int SharedQuads(bool backward) =>
        OnChipWeights.SharedQuads(backward, Variant.Samples, Places, Variant.Kept, Slices, Items);

    internal override LstmRecurrence Recurrence(GpuEngine engine, LstmDescriptor descriptor) =>
        new PersistentRecurrence(engine, descriptor, this);

    public int Groups(int batch) => (batch + Variant.Samples - 1) / Variant.Samples;
}
