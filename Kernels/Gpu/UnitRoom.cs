namespace GpuLstm.Kernels.Gpu;

/// <summary>How many units a group's shared memory has room for: a constant while a kernel is compiled, which is
/// generic in it.</summary>
public interface IUnitRoom
{
    static abstract int Units { get; }
}

/// <summary>The kinds of <see cref="IUnitRoom"/>.</summary>
public static class UnitRoom
{
    /// <summary>Units of the smallest room that takes a layer of so many.</summary>
    public static int For(int units) =>
        units <= Units64.Units ? Units64.Units : units <= Units128.Units ? Units128.Units : Units256.Units;
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
