using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Language;

/// <summary>Items that run in lockstep. Not every device has them: use these words only under
/// <c>if (Warp.IsSupported)</c>, or in a kernel whose <see cref="KernelAttribute.Targets"/> is CUDA alone. All lanes of
/// a warp must come to an exchange.</summary>
public static class Warp
{
    /// <summary>Whether lanes can exchange values. A constant in a kernel; on the debug accelerator true in kernels for
    /// CUDA alone.</summary>
    public static bool IsSupported => KernelContext.Current.WarpSize > 0;

    public static int WarpSize => Lanes;
    public static int LaneIdx => Group.LinearIndex % Lanes;
    public static int WarpIdx => Group.LinearIndex / Lanes;

    /// <summary>The value of the lane numbered <paramref name="lane"/> modulo the warp's size.</summary>
    public static T Shuffle<T>(T value, int lane, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        where T : unmanaged => Exchange(value, lane & (Lanes - 1), file, line);

    /// <summary>The value of the lane <paramref name="delta"/> below; the lane's own where there is none.</summary>
    public static T ShuffleUp<T>(T value, int delta, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        where T : unmanaged => Exchange(value, LaneIdx >= delta ? LaneIdx - delta : LaneIdx, file, line);

    /// <summary>The value of the lane <paramref name="delta"/> above; the lane's own where there is none.</summary>
    public static T ShuffleDown<T>(T value, int delta, [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
        where T : unmanaged => Exchange(value, LaneIdx + delta < Lanes ? LaneIdx + delta : LaneIdx, file, line);

    /// <summary>The value of the lane whose number differs in the bits of <paramref name="mask"/>.</summary>
    public static T ShuffleXor<T>(T value, int mask, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        where T : unmanaged => Exchange(value, LaneIdx ^ mask, file, line);

    /// <summary>Waits for the whole warp.</summary>
    public static void Barrier([CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        Exchange((byte)0, LaneIdx, file, line);

    /// <summary>Every lane's value.</summary>
    internal static ReadOnlySpan<T> All<T>(T value, string file, int line) where T : unmanaged
    {
        _ = Lanes;
        return KernelContext.Current.ExchangeInWarp(value, file, line);
    }

    private static T Exchange<T>(T value, int lane, string file, int line) where T : unmanaged =>
        All(value, file, line)[lane];

    private static int Lanes => KernelContext.Current.WarpSize is > 0 and int size ? size
        : throw new KernelFaultException(
        "The debug accelerator has warps in kernels for CUDA alone; give others a path under !Warp.IsSupported.");
}
