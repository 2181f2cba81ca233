namespace GpuLstm.Runtime.Accelerators;

/// <summary>What device buffers take; what drivers keep for themselves is not in it.</summary>
public static class DeviceMemory
{
    [ThreadStatic]
    private static long t_bytes;

    /// <summary>Bytes of all buffers that the current thread has made, those that were disposed since included: its
    /// growth over a piece of work is what that work took.</summary>
    public static long AllocatedByThisThread => t_bytes;

    internal static void Add(long bytes) => t_bytes += bytes;
}
