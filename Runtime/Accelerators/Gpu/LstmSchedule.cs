namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>How a layer's recurrence runs on a device.</summary>
/// <param name="WholeSequence">All steps in one launch; else one launch per step.</param>
/// <param name="TileB">Samples of a group.</param>
/// <param name="BlockB">Samples of an item.</param>
/// <param name="ForwardInShared">Whether forward keeps the recurrent weights in shared memory.</param>
/// <param name="BackwardInShared">Whether backward does.</param>
public sealed record LstmSchedule(bool WholeSequence, int TileB, int BlockB, bool ForwardInShared,
    bool BackwardInShared)
{
    /// <summary>Chooses by the device's limits.</summary>
    public static LstmSchedule Choose(GpuLimits limits, int hiddenSize)
    {
        int tile = limits.IsGpu ? 4 : 8;
        long weights = 16L * hiddenSize * hiddenSize;
        long forward = 8L * hiddenSize * tile, backward = 32L * hiddenSize * tile; // both halves of what steps hand on
        bool fits = hiddenSize <= limits.MaxGroupSize && backward + 16 <= limits.DeclaredSharedBytes;
        return new LstmSchedule(
            fits, tile, tile,
            limits.IsGpu && weights + forward <= limits.SharedBytes,
            limits.IsGpu && weights + backward <= limits.SharedBytes); // a processor's caches do as well
    }
}
