namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>How a layer's recurrence runs with all weights on each multiprocessor; see
/// <see cref="Kernels.Gpu.LstmPersistent"/> for the words.</summary>
/// <param name="Slices">Lanes that share a hidden unit.</param>
/// <param name="Samples">Of a group.</param>
/// <param name="Places">Quads of weights of an item.</param>
/// <param name="KeptForward">Of them in registers, forward.</param>
/// <param name="KeptBackward">Backward.</param>
public sealed record PersistentSchedule(int Slices, int Samples, int Places, int KeptForward, int KeptBackward)
{
    private const int QuadBytes = 16;

    /// <summary>H rounded up.</summary>
    public int Units => Places * Slices;

    /// <summary>Of a group.</summary>
    public int Items => Units * Slices;

    /// <summary>Samples that a lane ends a step with.</summary>
    public int Own => Math.Max(1, Samples / Slices);

    /// <summary>Quads that an item has in shared memory, at least one in all.</summary>
    public int FarQuads(bool backward) => Math.Max(1, (Places - (backward ? KeptBackward : KeptForward)) * Items);

    /// <summary>Bytes of the kernel's own shared arrays: what steps hand on, twice.</summary>
    public long DeclaredBytes(bool backward) => 2L * Samples * Units * (backward ? QuadBytes : sizeof(float));

    /// <summary>Bytes of shared memory of a group.</summary>
    public long SharedBytes(bool backward) => DeclaredBytes(backward) + (long)QuadBytes * FarQuads(backward);

    /// <summary>Registers of an item beside its weights, with some to spare: sums and a vector's quad for each sample,
    /// what is fetched ahead for each of its own, and addresses.</summary>
    public int OtherRegisters(bool backward) => (backward ? 48 : 40) + 8 * Samples + (backward ? 10 : 6) * Own;

    /// <summary>Registers of an item.</summary>
    public int Registers(bool backward) => OtherRegisters(backward) + 4 * (backward ? KeptBackward : KeptForward);

    public int Groups(int batch) => (batch + Samples - 1) / Samples;
}
