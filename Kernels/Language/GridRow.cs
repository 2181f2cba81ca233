using ILGPU;

namespace GpuLstm.Kernels.Language;

/// <summary>The groups of a launch that share a row of its grid (Y and Z). They can wait for each other where all of
/// the launch run at once: in a cooperative launch.</summary>
public static class GridRow
{
    /// <summary>Waits for all items of the row's groups and shows each what the others wrote in global
    /// memory.</summary>
    /// <remarks>A barrier with a sense (Mellor-Crummey and Scott 1991, "Algorithms for scalable synchronization on
    /// shared-memory multiprocessors"): the arrivals of a row add up to 2^31, so that the last one turns the sign,
    /// which the others wait for, and the count begins anew by itself.</remarks>
    /// <param name="arrivals">The row's own, 0 before the first barrier.</param>
    public static void Barrier(ref int arrivals)
    {
        Sync.Barrier();
        if (Group.IdxX == 0)
        {
            MemoryFence.DeviceLevel();
            int before = Atomic.Add(ref arrivals, Grid.IdxX == 0 ? int.MinValue + 1 - Grid.DimX : 1);
            int sense = before & int.MinValue;
            while ((Atomic.Or(ref arrivals, 0) & int.MinValue) == sense) { }
            MemoryFence.DeviceLevel();
        }
        Sync.Barrier();
    }
}
