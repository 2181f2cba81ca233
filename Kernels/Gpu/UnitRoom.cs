namespace GpuLstm.Kernels.Gpu;

/// <summary>How many units a group's shared memory has room for: a constant while a kernel is compiled, which is generic
/// in it.</summary>
public interface IUnitRoom
{
    static abstract int Units { get; }
}

public struct Units64 : IUnitRoom
{
    public static int Units => 64;
}

public struct Units128 : IUnitRoom
{
    public static int Units => 128;
}

public struct Units256 : IUnitRoom
{
    public static int Units => LstmSequence.LargestHidden;
}
