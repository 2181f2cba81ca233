using GpuLstm.Kernels.Gpu;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>How a layer's recurrence runs with its weights spread over the multiprocessors; see
/// <see cref="LstmSpread"/> for the words.</summary>
/// <param name="Units">Of a group.</param>
/// <param name="UnitGroups">Groups that share samples: a row.</param>
/// <param name="Places">Quads of weights of an item.</param>
/// <param name="Rows">Samples of a group.</param>
/// <param name="Forward">The kernels of forward.</param>
/// <param name="Backward">The kernels of backward, which needs more room; null for inference.</param>
public sealed record SpreadSchedule(
    int Units, int UnitGroups, int Places, int Rows, OnChipVariant Forward, OnChipVariant? Backward)
    : OnChipSchedule
{
    /// <summary>Of a group.</summary>
    public int Items => Units * LstmSpread.Slices;

    /// <summary>Of a row of groups.</summary>
    public int RowItems => Items * UnitGroups;

    public int SampleGroups(int batch) => (batch + Rows - 1) / Rows;

    /// <inheritdoc/>
    public override int SharedQuads(bool backward) => OnChipWeights.SharedQuads(
        backward, Variant(backward).Samples, Places, Variant(backward).Kept, LstmSpread.Slices, Items);

    /// <summary>Quads of an item in shared memory.</summary>
    public int FarPlaces(bool backward) => Places - Variant(backward).Kept;

    internal override LstmRecurrence Recurrence(GpuEngine engine, LstmDescriptor descriptor) =>
        new SpreadRecurrence(engine, descriptor, this);

    public OnChipVariant Variant(bool backward) => backward ? Backward! : Forward;
}
