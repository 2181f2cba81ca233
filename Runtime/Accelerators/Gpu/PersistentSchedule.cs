using GpuLstm.Kernels.Gpu;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>How a layer's recurrence runs with all weights on each multiprocessor; see <see cref="LstmPersistent"/> for
/// the words.</summary>
/// <param name="Variant">The kernels.</param>
/// <param name="Slices">Lanes that share a hidden unit.</param>
/// <param name="Units">H rounded up to whole warps.</param>
/// <param name="Places">Quads of weights of an item.</param>
public sealed record PersistentSchedule(PersistentVariant Variant, int Slices, int Units, int Places)
{
    private const int QuadBytes = 16;

    /// <summary>Of a group.</summary>
    public int Items => Units * Slices;

    /// <summary>Quads of an item in shared memory.</summary>
    public int FarPlaces => Places - Variant.Kept;

    /// <summary>Quads of dynamic shared memory of a group.</summary>
    public int SharedQuads(bool backward) =>
        LstmPersistent.SharedQuads(backward, Variant.Samples, Places, Variant.Kept, Slices, Items);

    /// <summary>Bytes of shared memory of a group.</summary>
    public long SharedBytes(bool backward) => (long)QuadBytes * SharedQuads(backward);

    public int Groups(int batch) => (batch + Variant.Samples - 1) / Variant.Samples;
}
