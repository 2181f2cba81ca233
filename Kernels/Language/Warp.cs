namespace GpuLstm.Kernels.Language;

/// <summary>Items that run in lockstep. Not every device has them: use these words only under
/// <c>if (Warp.IsSupported)</c>, or in a kernel whose <see cref="KernelAttribute.Targets"/> is CUDA alone.</summary>
public static class Warp
{
    /// <summary>Whether lanes can exchange values. A constant in a kernel; false on the debug accelerator.</summary>
    public static bool IsSupported => false;

    public static int WarpSize => throw Missing();
    public static int LaneIdx => throw Missing();
    public static int WarpIdx => throw Missing();

    public static T Shuffle<T>(T value, int lane) where T : unmanaged => throw Missing();
    public static T ShuffleUp<T>(T value, int delta) where T : unmanaged => throw Missing();
    public static T ShuffleDown<T>(T value, int delta) where T : unmanaged => throw Missing();
    public static T ShuffleXor<T>(T value, int mask) where T : unmanaged => throw Missing();
    public static void Barrier() => throw Missing();

    private static KernelFaultException Missing() =>
        new("The debug accelerator has no warps; give the kernel a path without them under !Warp.IsSupported.");
}
