namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>How a layer's recurrence runs with its weights spread over the multiprocessors; see
/// <see cref="Kernels.Gpu.LstmSpread"/> for the words.</summary>
/// <param name="Slices">Lanes that share a hidden unit.</param>
/// <param name="Units">Of a group.</param>
/// <param name="UnitGroups">Groups that share samples.</param>
/// <param name="Rows">Samples of a group.</param>
/// <param name="Samples">At a time.</param>
/// <param name="Places">Quads of weights of an item.</param>
/// <param name="KeptForward">Of them in registers, forward.</param>
/// <param name="KeptBackward">Backward.</param>
public sealed record SpreadSchedule(
    int Slices, int Units, int UnitGroups, int Rows, int Samples, int Places, int KeptForward, int KeptBackward)
{
    private const int QuadBytes = 16;

    /// <summary>Of a group.</summary>
    public int Items => Units * Slices;

    /// <summary>Of a row of groups.</summary>
    public int RowItems => Items * UnitGroups;

    public int SampleGroups(int batch) => (batch + Rows - 1) / Rows;

    /// <summary>Quads of dynamic shared memory: weights, and vectors twice.</summary>
    public int SharedQuads(bool backward) => FarQuads(backward) + 2 * Samples * Places * Slices / (backward ? 1 : 4);

    /// <summary>Quads of weights in shared memory.</summary>
    public int FarQuads(bool backward) => (Places - (backward ? KeptBackward : KeptForward)) * Items;

    public long SharedBytes(bool backward) => (long)QuadBytes * SharedQuads(backward);

    /// <summary>Registers of an item beside its weights, as <see cref="PersistentSchedule.OtherRegisters"/>, and
    /// addresses.</summary>
    public int OtherRegisters(bool backward) => (backward ? 60 : 52) + 8 * Samples + (backward ? 9 : 5);

    /// <summary>Registers of an item.</summary>
    public int Registers(bool backward) => OtherRegisters(backward) + 4 * (backward ? KeptBackward : KeptForward);
}
